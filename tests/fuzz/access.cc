// What staff and programs show to be let in: WebAuthn answers, one-time and recovery codes, addresses, API tokens.
// Whatever comes, an error or what was meant, and never a crash. The first byte chooses the reader.
#include <cstdlib>

#include "../support/authenticator.h"
#include "base/address.h"
#include "base/utf8.h"
#include "identity/api_token.h"
#include "staff/recovery_code.h"
#include "staff/staff.h"
#include "staff/totp.h"

using namespace cordon;
using namespace cordon::staff;

namespace {

constexpr std::string_view kChallenge = "qJ7b3mVZ0b8y4Fz1k2u9sX5tN6wR8cD0eA3gH7iLoPs";
const RelyingParty kParty{"https://localhost:8443", "localhost"};
constexpr int kPresentAndVerified = 0x05;

/// A key of this run's, and how it is kept.
const testing::Authenticator& key() {
  static const testing::Authenticator made = [] {
    testing::Authenticator fresh;
    fresh.count = 2;
    return fresh;
  }();
  return made;
}
const Passkey& passkey() {
  static const Passkey made = [] {
    const auto client = key().client_data("create", std::string(kChallenge));
    auto read = read_registration(kParty, kChallenge, client, key().registration());
    if (!read) std::abort();
    read->sign_count = 1;
    return *read;
  }();
  return made;
}
std::string asked(const char* type) { return key().client_data(type, std::string(kChallenge)); }

/// Authenticator data for this site, as the fuzzer goes on after the site's hash; and without that.
std::string for_us(std::string_view rest) { return key().assertion().substr(0, 32) + std::string(rest); }

bool present_and_verified(std::string_view data) {
  return data.size() > 32 && data.starts_with(for_us("")) && (data[32] & kPresentAndVerified) == kPresentAndVerified;
}

/// A registration that is taken is one of this site, and its key is no harm whatever is done with it.
void check_registration(const std::string& client, const std::string& data) {
  const auto made = read_registration(kParty, kChallenge, client, data);
  if (!made) return;
  if (!present_and_verified(data) || made->credential.empty() || made->credential.size() > 1023 ||
      data.find(made->credential) == std::string::npos)
    std::abort();
  const std::string answer = key().assertion();
  if (verify_assertion(kParty, *made, kChallenge, asked("get"), answer, key().sign(answer, asked("get"))) &&
      made->public_key != passkey().public_key)
    std::abort();
}

/// Nothing that the key has not signed is taken; of what it has, only what is for this site.
void check_assertion(const std::string& client, const std::string& data, const std::string& signature, bool is_signed) {
  const auto count = verify_assertion(kParty, passkey(), kChallenge, client, data, signature);
  if (count && (!is_signed || !present_and_verified(data) || *count <= passkey().sign_count)) std::abort();
}

/// As Staff reads it from a request.
void check_body(const std::string& body) {
  const auto answer = json::decode<Answer>(body);
  if (!answer) return;
  const auto bytes = [](const auto& text) { return text ? from_base64url(text->value) : std::string(); };
  const std::string client = bytes(answer->client_data), data = bytes(answer->authenticator_data);
  check_registration(client, data);
  check_assertion(client, data, bytes(answer->signature), false);
}

void check_address(const std::string& text) {
  if (!is_email(text)) return;
  for (const char c : text)
    if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == ',' || c == ';') std::abort();
  if (!is_email(lower_case(text))) std::abort();
}

void check_codes(const std::string& text) {
  const std::string plain = plain_recovery_code(text);
  if (plain_recovery_code(plain) != plain || plain.size() > text.size()) std::abort();
  static const std::string secret = new_totp_secret();
  constexpr Time kTime{1'790'000'000'000'000};
  const auto step = match_totp(secret, text, kTime, 0);
  if (step && totp_code(secret, *step) != text) std::abort();
}

void check_api_token(const std::string& text) {
  if (!identity::is_api_token(text)) return;
  if (text.size() != 57 ||
      text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") != std::string::npos)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 10) {
    case 0: check_registration(text, key().registration()); break;
    case 1: check_registration(asked("create"), text); break;
    case 2: check_registration(asked("create"), for_us(text)); break;
    case 3: check_assertion(text, key().assertion(), key().sign(key().assertion(), text), true); break;
    case 4: check_assertion(asked("get"), for_us(text), key().sign(for_us(text), asked("get")), true); break;
    case 5: check_assertion(asked("get"), key().assertion(), text, false); break;
    case 6: check_body(text); break;
    case 7: check_address(text); break;
    case 8: check_codes(text); break;
    default: check_api_token(text);
  }
  return 0;
}
