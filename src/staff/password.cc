#include "staff/password.h"

#include <sodium.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "base/embedded.h"
#include "base/utf8.h"

namespace cordon::staff {

namespace {

constexpr unsigned long long kPasses = 2;
constexpr size_t kMemory = 19 * 1024 * 1024;
static_assert(crypto_pwhash_argon2id_STRBYTES <= 128);

/// What nobody's password is compared with: our parameters, so that it takes as long.
const std::string kNobody =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdDEyMw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is left of our parameters' work after that of a hash with weaker ones: who has not signed in since they changed
/// costs as much as everybody else. Time goes with memory times passes, and with memory alone: its pages are new.
void spend_rest(const std::string& hash) {
  constexpr size_t kWork = kPasses * kMemory, kLeast = 1 << 20;
  size_t kibibytes = 0, passes = 0;
  if (std::sscanf(hash.c_str(), "$argon2id$v=19$m=%zu,t=%zu,", &kibibytes, &passes) != 2) passes = 0;
  const size_t had = kibibytes * 1024, rest = kWork - std::min(kWork, had * passes);
  if (rest < kLeast) return;
  const size_t memory = kMemory > had + kLeast ? kMemory - had : kLeast, more = std::max<size_t>(rest / memory, 1);
  const std::array<uint8_t, crypto_pwhash_argon2id_SALTBYTES> salt{};
  std::array<uint8_t, 32> out;
  if (crypto_pwhash_argon2id(out.data(), out.size(), "", 0, salt.data(), more, memory,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
    throw std::runtime_error("no memory to hash a password");
}

/// The list is sorted and in lower case, one a line (cmake/passwords.cmake).
bool was_breached(std::string_view password) {
  static const std::vector<std::string_view> kList = [] {
    std::vector<std::string_view> out;
    std::string_view rest = embedded::passwords()[0].text();
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      out.push_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
  }();
  return std::binary_search(kList.begin(), kList.end(), password);
}

/// The address's parts that are long enough to be a name: ann.archer@shop.example -> ann.archer, archer, shop, example.
std::vector<std::string> parts_of(std::string_view email) {
  std::vector<std::string> out{lower_case(email.substr(0, email.find('@'))), "cordon"};
  std::string part;
  for (const char c : lower_case(email) + ".")
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) part += c;
    else out.push_back(std::exchange(part, {}));
  std::erase_if(out, [](const std::string& p) { return p.size() < 4; });
  return out;
}

}  // namespace

std::string hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> out;
  if (crypto_pwhash_argon2id_str(out.data(), password.data(), password.size(), kPasses, kMemory) != 0)
    throw std::runtime_error("no memory to hash a password");
  return out.data();
}

bool verify_password(std::string_view password, const std::string& hash) {
  const std::string& with = hash.empty() ? kNobody : hash;
  const bool right = crypto_pwhash_argon2id_str_verify(with.c_str(), password.data(), password.size()) == 0;
  if (!right) spend_rest(with);
  return right && !hash.empty();
}

bool is_outdated(const std::string& hash) {
  return crypto_pwhash_argon2id_str_needs_rehash(hash.c_str(), kPasses, kMemory) != 0;
}

Result<Done> check_password(std::string_view password, std::string_view email) {
  const auto refuse = [](std::string why) { return fail(Code::invalid, std::move(why), "password"); };
  const size_t length = characters(password);
  if (length < 12 || length > 256) return refuse("A password has 12 to 256 characters; four unrelated words do well.");
  const std::string low = lower_case(password);
  if (was_breached(low)) return refuse("This password is known from a breach; choose one that nobody else has.");
  if (std::set(low.begin(), low.end()).size() < 5)
    return refuse("A password needs five different characters at least.");
  for (const std::string& part : parts_of(email))
    if (low.find(part) != std::string::npos)
      return refuse("A password must contain neither `" + part + "` nor another part of your address.");
  return Done{};
}

}  // namespace cordon::staff
