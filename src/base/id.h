// Identifiers: UUIDv7 values with a type for each kind of thing they name.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cordon {

/// A UUID as its 16 bytes (RFC 9562).
struct Uuid {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
};

/// A new UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, 12 of their fraction (section 6.2, method 3), 62
/// random bits. What one thread makes later sorts later.
Uuid new_uuid();
/// Reads the canonical 36-character form, either case; nothing else.
std::optional<Uuid> parse_uuid(std::string_view text);
/// The canonical lower-case form.
std::string to_string(const Uuid& id);
/// Appends what to_string() gives: an answer has dozens of ids.
void append(std::string& out, const Uuid& id);

/// A UUID that names one kind of thing; ids of different kinds do not mix.
template <class Tag>
struct Id {
  Uuid value;
  auto operator<=>(const Id&) const = default;
  static Id fresh() { return {new_uuid()}; }
  static std::optional<Id> parse(std::string_view text) {
    auto id = parse_uuid(text);
    return id ? std::optional<Id>(Id{*id}) : std::nullopt;
  }
};

template <class Tag>
std::string to_string(const Id<Tag>& id) {
  return to_string(id.value);
}

using TenantId = Id<struct TenantTag>;
using SubjectId = Id<struct SubjectTag>;
using SessionId = Id<struct SessionTag>;
using ConversationId = Id<struct ConversationTag>;
using MessageId = Id<struct MessageTag>;
using ClientId = Id<struct ClientTag>;  ///< made by a client so that a repeated send counts once
using CustomerId = Id<struct CustomerTag>;
using VisitorId = Id<struct VisitorTag>;
using ProductId = Id<struct ProductTag>;
using PolicyId = Id<struct PolicyTag>;
using OrderId = Id<struct OrderTag>;
using EventId = Id<struct EventTag>;
using RequestId = Id<struct RequestTag>;
using JobId = Id<struct JobTag>;
using ApiTokenId = Id<struct ApiTokenTag>;
using GrantId = Id<struct GrantTag>;

}  // namespace cordon

template <>
struct std::hash<cordon::Uuid> {
  size_t operator()(const cordon::Uuid& id) const noexcept {
    uint64_t low;
    __builtin_memcpy(&low, id.bytes.data() + 8, 8);
    return low;
  }
};
template <class Tag>
struct std::hash<cordon::Id<Tag>> {
  size_t operator()(const cordon::Id<Tag>& id) const noexcept { return std::hash<cordon::Uuid>()(id.value); }
};
