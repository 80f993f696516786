// The other side of `keys.api_over_plain`: the same format without encryption, linked in src/keys/xaes.cc's place into
// programs that only the benchmark runs.
#include <stdexcept>

#include "keys/xaes.h"

namespace cordon::keys {

struct Xaes::Derived {};

Xaes::Xaes(Secret key) : key_(std::move(key)) {}
Xaes::~Xaes() = default;
Xaes::Xaes(Xaes&&) noexcept = default;
Xaes& Xaes::operator=(Xaes&&) noexcept = default;

void Xaes::seal(std::string& out, std::string_view, std::string_view plain) {
  out.append(kNonceBytes, '\0').append(plain).append(kTagBytes, '\0');
}

std::optional<std::string> Xaes::open(std::string_view, std::string_view sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  return std::string(sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes));
}

std::optional<Secret> Xaes::open_secret(std::string_view aad, std::string_view sealed) {
  const auto plain = open(aad, sealed);
  return plain ? std::optional<Secret>(Secret::of(*plain)) : std::nullopt;
}

void Xaes::seal_with(std::string&, const std::array<uint8_t, kNonceBytes>&, std::string_view, std::string_view) {
  throw std::logic_error("no vectors here");
}

}  // namespace cordon::keys
