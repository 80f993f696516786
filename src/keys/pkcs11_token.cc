#include "keys/pkcs11_token.h"

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "base/random.h"

namespace cordon::keys {

namespace {

constexpr size_t kNonce = 12, kTag = 16, kIdBytes = 4;

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void* value, size_t size) {
  return {type, const_cast<void*>(value), size};
}
template <class T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const T& value) {
  return attribute(type, &value, sizeof value);
}

constexpr CK_BBOOL kTrue = CK_TRUE, kFalse = CK_FALSE;
constexpr CK_OBJECT_CLASS kClass = CKO_SECRET_KEY, kData = CKO_DATA;
constexpr std::string_view kDestroyed = "cordon: destroyed";
constexpr CK_KEY_TYPE kType = CKK_AES;
constexpr CK_ULONG kBytes = 32;

std::array<uint8_t, kIdBytes> to_id(uint32_t version) {
  return {static_cast<uint8_t>(version >> 24), static_cast<uint8_t>(version >> 16), static_cast<uint8_t>(version >> 8),
          static_cast<uint8_t>(version)};
}
uint32_t from_id(const std::array<uint8_t, kIdBytes>& id) {
  return uint32_t{id[0]} << 24 | uint32_t{id[1]} << 16 | uint32_t{id[2]} << 8 | id[3];
}

/// AES-GCM's parameters (PKCS#11 v3.0 section 2.12.2). They point at what they are made of.
CK_GCM_PARAMS gcm(std::array<uint8_t, kNonce>& nonce, std::string_view aad) {
  CK_GCM_PARAMS made{};
  made.iv_ptr = nonce.data();
  made.iv_len = nonce.size();
  made.iv_bits = nonce.size() * 8;
  made.aad_ptr = reinterpret_cast<uint8_t*>(const_cast<char*>(aad.data()));
  made.aad_len = aad.size();
  made.tag_bits = kTag * 8;
  return made;
}

/// Whether `rv` says that the session, the token or a key (that another process has just destroyed) has gone, and not
/// that something is wrong with what was asked.
bool is_loss(CK_RV rv) {
  switch (rv) {
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_COUNT:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_DEVICE_REMOVED:
    case CKR_DEVICE_ERROR:
    case CKR_DEVICE_MEMORY:
    case CKR_HOST_MEMORY:
    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_KEY_HANDLE_INVALID:
    case CKR_SLOT_ID_INVALID: return true;
    default: return false;
  }
}

/// A path, or a file: URI (RFC 8089) without a host.
std::string path_of(std::string_view source) {
  if (source.starts_with("file://")) source.remove_prefix(7);
  else if (source.starts_with("file:")) source.remove_prefix(5);
  return std::string(source);
}

}  // namespace

Result<Pkcs11Place> read_pkcs11_uri(const std::string& text) {
  Pkcs11Place place;
  place.uri.reset(p11_kit_uri_new(), p11_kit_uri_free);
  P11KitUri* uri = place.uri.get();
  if (const int rv = p11_kit_uri_parse(text.c_str(), P11_KIT_URI_FOR_ANY, uri); rv != P11_KIT_URI_OK)
    return fail(Code::invalid, std::string("the KMS's PKCS#11 URI cannot be read: ") + p11_kit_uri_message(rv));
  if (p11_kit_uri_any_unrecognized(uri) != 0)
    return fail(Code::invalid, "the KMS's PKCS#11 URI says more than is known");
  if (p11_kit_uri_get_pin_value(uri) != nullptr)
    return fail(Code::invalid, "a PIN has no place in a URL: put it in a file and name that as pin-source");
  const CK_ATTRIBUTE* label = p11_kit_uri_get_attribute(uri, CKA_LABEL);
  const char *module = p11_kit_uri_get_module_path(uri), *pin = p11_kit_uri_get_pin_source(uri);
  if (label == nullptr || label->ulValueLen == 0 || p11_kit_uri_get_token_info(uri)->label[0] == 0)
    return fail(Code::invalid, "the KMS's PKCS#11 URI has to name token and object");
  if (module == nullptr || pin == nullptr)
    return fail(Code::invalid, "the KMS's PKCS#11 URI has to name module-path and pin-source");
  if (p11_kit_uri_get_attribute(uri, CKA_ID) != nullptr)
    return fail(Code::invalid, "the KMS's PKCS#11 URI names an id, which is the version's number");
  place.label.assign(static_cast<const char*>(label->pValue), label->ulValueLen);
  place.module = path_of(module);
  place.pin = path_of(pin);
  return place;
}

Pkcs11Token::~Pkcs11Token() {
  if (session_) (*module_)->C_CloseSession(*session_);
}

std::unexpected<Error> Pkcs11Token::failed(const char* call, CK_RV rv) {
  log::warn("the PKCS#11 token has failed", {{"call", call}, {"rv", fmt::format("{:#x}", rv)}});
  if (session_) (*module_)->C_CloseSession(*session_);
  session_.reset();
  if (is_loss(rv)) return fail(Code::unavailable, "The keys are out of reach for the moment; try again.");
  return fail(Code::internal, "The token that has the keys refused.");
}

Result<CK_SLOT_ID> Pkcs11Token::find_slot() {
  CK_FUNCTION_LIST& p11 = **module_;
  CK_ULONG count = 0;
  CK_RV rv = p11.C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(count);
  if (rv == CKR_OK) rv = p11.C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (rv != CKR_OK) return failed("C_GetSlotList", rv);
  slots.resize(count);
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (p11.C_GetTokenInfo(slot, &info) != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    if (p11_kit_uri_match_token_info(place_.uri.get(), &info) == 1) return slot;
  }
  return failed("C_GetSlotList", CKR_TOKEN_NOT_PRESENT);
}

Result<Done> Pkcs11Token::open() {
  if (session_) return Done{};
  const auto slot = find_slot();
  if (!slot) return std::unexpected(slot.error());
  CK_SESSION_HANDLE session = 0;
  CK_RV rv = (*module_)->C_OpenSession(*slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
  if (rv != CKR_OK) return failed("C_OpenSession", rv);
  session_ = session;
  rv = module_->log_in(session, *slot, pin_);
  if (rv == CKR_OK) return Done{};
  const auto error = failed("C_Login", rv);
  if (rv == CKR_PIN_INCORRECT) return fail(Code::invalid, "the token refuses the PIN of " + place_.pin.string());
  return error;
}

Result<Pkcs11Token::Key> Pkcs11Token::read(CK_OBJECT_HANDLE handle) {
  std::array<uint8_t, kIdBytes> id{};
  CK_BBOOL sensitive = CK_FALSE, extractable = CK_TRUE;
  std::array<CK_ATTRIBUTE, 3> needed{attribute(CKA_ID, id), attribute(CKA_SENSITIVE, sensitive),
                                     attribute(CKA_EXTRACTABLE, extractable)};
  const CK_RV rv = (*module_)->C_GetAttributeValue(*session_, handle, needed.data(), needed.size());
  const bool other_id = rv == CKR_BUFFER_TOO_SMALL || (rv == CKR_OK && needed[0].ulValueLen != kIdBytes);
  if (rv != CKR_OK && !other_id) return failed("C_GetAttributeValue", rv);
  if (other_id || sensitive != CK_TRUE || extractable != CK_FALSE) {
    log::error("a key on the token has the KMS's label and was not made by it", {{"label", place_.label}});
    return fail(Code::internal, "The token has a key that is none of ours.");
  }
  return Key{from_id(id), handle};
}

Result<std::vector<CK_OBJECT_HANDLE>> Pkcs11Token::find(std::span<CK_ATTRIBUTE> wanted) {
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  CK_FUNCTION_LIST& p11 = **module_;
  CK_RV rv = p11.C_FindObjectsInit(*session_, wanted.data(), wanted.size());
  if (rv != CKR_OK) return failed("C_FindObjectsInit", rv);
  std::vector<CK_OBJECT_HANDLE> found;
  std::array<CK_OBJECT_HANDLE, 64> some;
  CK_ULONG count = 0;
  do {
    rv = p11.C_FindObjects(*session_, some.data(), some.size(), &count);
    if (rv == CKR_OK) found.insert(found.end(), some.begin(), some.begin() + count);
  } while (rv == CKR_OK && count > 0);
  p11.C_FindObjectsFinal(*session_);
  if (rv != CKR_OK) return failed("C_FindObjects", rv);
  return found;
}

Result<std::vector<Pkcs11Token::Key>> Pkcs11Token::keys() {
  std::array<CK_ATTRIBUTE, 4> wanted{attribute(CKA_CLASS, kClass), attribute(CKA_KEY_TYPE, kType),
                                     attribute(CKA_TOKEN, kTrue),
                                     attribute(CKA_LABEL, place_.label.data(), place_.label.size())};
  const auto found = find(wanted);
  if (!found) return std::unexpected(found.error());
  std::vector<Key> out;
  for (const CK_OBJECT_HANDLE handle : *found) {
    auto key = read(handle);
    if (!key) return std::unexpected(key.error());
    out.push_back(*key);
  }
  std::sort(out.begin(), out.end(), [](const Key& a, const Key& b) { return a.version < b.version; });
  return out;
}

Result<Pkcs11Token::Key> Pkcs11Token::generate(uint32_t version) {
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  const auto id = to_id(version);
  std::array<CK_ATTRIBUTE, 13> wanted{attribute(CKA_CLASS, kClass),
                                      attribute(CKA_KEY_TYPE, kType),
                                      attribute(CKA_VALUE_LEN, kBytes),
                                      attribute(CKA_LABEL, place_.label.data(), place_.label.size()),
                                      attribute(CKA_ID, id),
                                      attribute(CKA_TOKEN, kTrue),
                                      attribute(CKA_PRIVATE, kTrue),
                                      attribute(CKA_SENSITIVE, kTrue),
                                      attribute(CKA_EXTRACTABLE, kFalse),
                                      attribute(CKA_ENCRYPT, kTrue),
                                      attribute(CKA_DECRYPT, kTrue),
                                      attribute(CKA_WRAP, kFalse),
                                      attribute(CKA_UNWRAP, kFalse)};
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE made = 0;
  const CK_RV rv = (*module_)->C_GenerateKey(*session_, &mechanism, wanted.data(), wanted.size(), &made);
  if (rv != CKR_OK) return failed("C_GenerateKey", rv);
  return read(made);
}

Result<Done> Pkcs11Token::destroy(const Key& key) {
  if (auto opened = open(); !opened) return opened;
  const CK_RV rv = (*module_)->C_DestroyObject(*session_, key.handle);
  if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID) return failed("C_DestroyObject", rv);
  return Done{};
}

Result<std::set<uint32_t>> Pkcs11Token::destroyed() {
  std::array<CK_ATTRIBUTE, 4> wanted{attribute(CKA_CLASS, kData), attribute(CKA_TOKEN, kTrue),
                                     attribute(CKA_APPLICATION, kDestroyed.data(), kDestroyed.size()),
                                     attribute(CKA_LABEL, place_.label.data(), place_.label.size())};
  const auto found = find(wanted);
  if (!found) return std::unexpected(found.error());
  std::set<uint32_t> out;
  for (const CK_OBJECT_HANDLE handle : *found) {
    std::array<uint8_t, kIdBytes> id{};
    CK_ATTRIBUTE value = attribute(CKA_VALUE, id);
    const CK_RV rv = (*module_)->C_GetAttributeValue(*session_, handle, &value, 1);
    if (rv != CKR_OK) return failed("C_GetAttributeValue", rv);
    if (value.ulValueLen == kIdBytes) out.insert(from_id(id));
  }
  return out;
}

Result<Done> Pkcs11Token::note_destroyed(uint32_t version) {
  if (auto opened = open(); !opened) return opened;
  const auto id = to_id(version);
  std::array<CK_ATTRIBUTE, 7> wanted{attribute(CKA_CLASS, kData),
                                     attribute(CKA_TOKEN, kTrue),
                                     attribute(CKA_PRIVATE, kTrue),
                                     attribute(CKA_MODIFIABLE, kFalse),
                                     attribute(CKA_APPLICATION, kDestroyed.data(), kDestroyed.size()),
                                     attribute(CKA_LABEL, place_.label.data(), place_.label.size()),
                                     attribute(CKA_VALUE, id)};
  CK_OBJECT_HANDLE made = 0;
  const CK_RV rv = (*module_)->C_CreateObject(*session_, wanted.data(), wanted.size(), &made);
  if (rv != CKR_OK) return failed("C_CreateObject", rv);
  return Done{};
}

Result<std::string> Pkcs11Token::encrypt(const Key& key, std::string_view plain, std::string_view aad) {
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  std::array<uint8_t, kNonce> nonce;
  fill_random(nonce);
  CK_GCM_PARAMS how = gcm(nonce, aad);
  CK_MECHANISM mechanism{CKM_AES_GCM, &how, sizeof how};
  CK_RV rv = (*module_)->C_EncryptInit(*session_, &mechanism, key.handle);
  if (rv != CKR_OK) return failed("C_EncryptInit", rv);
  std::string out(kNonce + plain.size() + kTag, '\0');
  CK_ULONG size = out.size() - kNonce;
  rv = (*module_)->C_Encrypt(*session_, reinterpret_cast<uint8_t*>(const_cast<char*>(plain.data())), plain.size(),
                             reinterpret_cast<uint8_t*>(out.data()) + kNonce, &size);
  if (rv != CKR_OK || size != out.size() - kNonce) return failed("C_Encrypt", rv);
  // Only now: a token may put a nonce of its own in ours' place.
  std::memcpy(out.data(), nonce.data(), kNonce);
  return out;
}

Result<std::optional<Secret>> Pkcs11Token::decrypt(const Key& key, std::string_view sealed, std::string_view aad) {
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  if (sealed.size() < kNonce + kTag) return std::nullopt;
  std::array<uint8_t, kNonce> nonce;
  std::memcpy(nonce.data(), sealed.data(), kNonce);
  sealed.remove_prefix(kNonce);
  CK_GCM_PARAMS how = gcm(nonce, aad);
  CK_MECHANISM mechanism{CKM_AES_GCM, &how, sizeof how};
  CK_RV rv = (*module_)->C_DecryptInit(*session_, &mechanism, key.handle);
  if (rv != CKR_OK) return failed("C_DecryptInit", rv);
  Secret room(sealed.size());  // some tokens want room for the tag as well
  CK_ULONG size = room.size();
  rv = (*module_)->C_Decrypt(*session_, reinterpret_cast<uint8_t*>(const_cast<char*>(sealed.data())), sealed.size(),
                             room.bytes().data(), &size);
  if (is_loss(rv)) return failed("C_Decrypt", rv);
  // What tokens say of a tag that is not right differs: CKR_ENCRYPTED_DATA_INVALID, CKR_GENERAL_ERROR ...
  if (rv != CKR_OK || size != sealed.size() - kTag) {
    log::warn("the PKCS#11 token cannot open this", {{"rv", fmt::format("{:#x}", rv)}});
    return std::nullopt;
  }
  return Secret::of(room.view().substr(0, size));
}

}  // namespace cordon::keys
