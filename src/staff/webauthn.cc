#include "staff/webauthn.h"

#include <cbor.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include <memory>

#include "base/json.h"
#include "base/random.h"

namespace cordon::staff {

namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
std::string text(const unsigned char* at, size_t size) { return {reinterpret_cast<const char*>(at), size}; }

// Authenticator data begins with a hash, flags and a counter (section 6.1).
constexpr size_t kHead = 37;
constexpr uint8_t kUserPresent = 0x01, kUserVerified = 0x04, kHasCredential = 0x40;

/// Whether clientDataJSON says what it has to (section 7.1 steps 7 to 10). Browsers may add members.
bool client_says(std::string_view client_data, std::string_view type, std::string_view challenge,
                 const RelyingParty& party) {
  const auto said = json::parse_object(client_data);
  if (!said) return false;
  const auto* crossed = said->if_contains("crossOrigin");
  return json::text_of(*said, "type") == type && same_secret(json::text_of(*said, "challenge"), challenge) &&
         json::text_of(*said, "origin") == party.origin && (!crossed || *crossed == false);
}

/// Whether no array or map of the CBOR (RFC 8949) behind `from` claims more items than there are bytes left: libfido2's
/// decoder asks for memory by the claim, gigabytes for five bytes.
bool claims_what_it_has(std::string_view data, size_t from) {
  struct Left {
    size_t bytes;
    bool holds = true;
  };
  cbor_callbacks callbacks = cbor_empty_callbacks;
  callbacks.array_start = callbacks.map_start = [](void* context, size_t items) {
    auto& left = *static_cast<Left*>(context);
    left.holds = left.holds && items <= left.bytes;
  };
  while (from < data.size()) {
    Left left{data.size() - from};
    const auto item = cbor_stream_decode(bytes(data) + from, left.bytes, &callbacks, &left);
    if (item.status != CBOR_DECODER_FINISHED || !left.holds) return false;
    from += item.read;
  }
  return true;
}

/// Where a credential's key begins in authenticator data: behind the header, the authenticator's kind and the
/// credential's id with its length (section 6.5.1).
size_t key_at(std::string_view data) {
  constexpr size_t kLength = kHead + 16;
  if (data.size() < kLength + 2) return data.size();
  return kLength + 2 + (static_cast<uint8_t>(data[kLength]) << 8 | static_cast<uint8_t>(data[kLength + 1]));
}

/// The credential in authenticator data, for the first algorithm that its key is of; null if there is none.
std::unique_ptr<fido_cred_t, void (*)(fido_cred_t*)> read_credential(std::string_view authenticator_data) {
  for (const int algorithm : {COSE_ES256, COSE_EDDSA, COSE_RS256}) {
    std::unique_ptr<fido_cred_t, void (*)(fido_cred_t*)> made(fido_cred_new(),
                                                              [](fido_cred_t* c) { fido_cred_free(&c); });
    if (made && fido_cred_set_type(made.get(), algorithm) == FIDO_OK &&
        fido_cred_set_authdata_raw(made.get(), bytes(authenticator_data), authenticator_data.size()) == FIDO_OK)
      return made;
  }
  return {nullptr, [](fido_cred_t*) {}};
}

/// libfido2's own check of the party, the flags and the signature, with a key of the type that the algorithm has.
template <class Key, class Make, class Read, class Free>
bool signed_by(const fido_assert_t* assertion, const Passkey& passkey, Make make, Read read, Free free) {
  Key* key = make();
  const bool holds = key && read(key, passkey.public_key.data(), passkey.public_key.size()) == FIDO_OK &&
                     fido_assert_verify(assertion, 0, passkey.algorithm, key) == FIDO_OK;
  free(&key);
  return holds;
}

bool signed_by(const fido_assert_t* assertion, const Passkey& passkey) {
  switch (passkey.algorithm) {
    case COSE_ES256: return signed_by<es256_pk_t>(assertion, passkey, es256_pk_new, es256_pk_from_ptr, es256_pk_free);
    case COSE_EDDSA: return signed_by<eddsa_pk_t>(assertion, passkey, eddsa_pk_new, eddsa_pk_from_ptr, eddsa_pk_free);
    case COSE_RS256: return signed_by<rs256_pk_t>(assertion, passkey, rs256_pk_new, rs256_pk_from_ptr, rs256_pk_free);
    default: return false;
  }
}

}  // namespace

Result<Passkey> read_registration(const RelyingParty& party, std::string_view challenge, std::string_view client_data,
                                  std::string_view authenticator_data) {
  if (!client_says(client_data, "webauthn.create", challenge, party))
    return fail(Code::invalid, "The browser's answer is not for this question; begin again.", "client_data");
  const auto wrong = [] {
    return fail(Code::invalid, "This passkey cannot be used: it has to verify its user, for this site.",
                "authenticator_data");
  };
  const auto wanted = sha256(party.id);
  if (authenticator_data.size() < kHead ||
      !same_secret(authenticator_data.substr(0, 32), text(wanted.data(), wanted.size())) ||
      !claims_what_it_has(authenticator_data, key_at(authenticator_data)))
    return wrong();
  const auto credential = read_credential(authenticator_data);
  constexpr uint8_t kWanted = kUserPresent | kUserVerified | kHasCredential;
  if (!credential || (fido_cred_flags(credential.get()) & kWanted) != kWanted) return wrong();
  Passkey made;
  made.credential = text(fido_cred_id_ptr(credential.get()), fido_cred_id_len(credential.get()));
  made.algorithm = fido_cred_type(credential.get());
  made.public_key = text(fido_cred_pubkey_ptr(credential.get()), fido_cred_pubkey_len(credential.get()));
  made.sign_count = fido_cred_sigcount(credential.get());
  // Section 7.1 step 25: longer ids are no authenticator's.
  if (made.credential.empty() || made.credential.size() > 1023 || made.public_key.empty()) return wrong();
  return made;
}

Result<int64_t> verify_assertion(const RelyingParty& party, const Passkey& passkey, std::string_view challenge,
                                 std::string_view client_data, std::string_view authenticator_data,
                                 std::string_view signature) {
  const auto wrong = [] { return fail(Code::unauthenticated, "This passkey's answer does not hold; try again."); };
  if (!client_says(client_data, "webauthn.get", challenge, party)) return wrong();
  const std::unique_ptr<fido_assert_t, void (*)(fido_assert_t*)> assertion(
      fido_assert_new(), [](fido_assert_t* a) { fido_assert_free(&a); });
  fido_assert_t* a = assertion.get();
  const bool held =
      a && claims_what_it_has(authenticator_data, kHead) &&
      fido_assert_set_clientdata(a, bytes(client_data), client_data.size()) == FIDO_OK &&
      fido_assert_set_rp(a, party.id.c_str()) == FIDO_OK && fido_assert_set_count(a, 1) == FIDO_OK &&
      fido_assert_set_up(a, FIDO_OPT_TRUE) == FIDO_OK && fido_assert_set_uv(a, FIDO_OPT_TRUE) == FIDO_OK &&
      fido_assert_set_authdata_raw(a, 0, bytes(authenticator_data), authenticator_data.size()) == FIDO_OK &&
      fido_assert_set_sig(a, 0, bytes(signature), signature.size()) == FIDO_OK && signed_by(a, passkey);
  if (!held) return wrong();
  const int64_t count = fido_assert_sigcount(a, 0);
  // Section 7.2 step 21. Authenticators that do not count say 0 each time.
  if ((count != 0 || passkey.sign_count != 0) && count <= passkey.sign_count) return wrong();
  return count;
}

}  // namespace cordon::staff
