// Who somebody is, as a verified access token says, and the seal that PostgreSQL takes for proof of it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/time.h"

namespace cordon::door {

/// The bytes that PostgreSQL takes for proof: 64 hexadecimal digits. Never printed; wiped when it goes.
class Seal {
 public:
  explicit Seal(std::string hex) : hex_(std::move(hex)) {}
  Seal(const Seal&) = default;
  Seal(Seal&&) = default;
  Seal& operator=(const Seal&) = default;
  ~Seal();
  const std::string& hex() const { return hex_; }

 private:
  std::string hex_;
};

/// What a verified access token says. What counts is the seal; the rest saves asking PostgreSQL for what would be
/// refused.
struct Pass {
  TenantId tenant{};
  SubjectId subject{};
  SessionId session{};
  std::string role;
  std::vector<std::string> permissions;
  Time issued_at{}, expires_at{};
  Seal seal{""};
  std::string key;  ///< the thumbprint of the key that the caller must prove to hold (RFC 9449), if the token is bound
  std::string token;    ///< the access token that said so; empty where this process itself made the pass
  std::string purpose;  ///< what for, where staff had to say: goes into every audit event

  bool allows(std::string_view permission) const;
  /// Whether whoever goes on working should get a new one: less than a fifth of its life is left.
  bool fading() const;
};

}  // namespace cordon::door
