#include "commerce/cursor.h"

#include <cstring>

#include "base/random.h"

namespace cordon::commerce {

namespace {

constexpr size_t kPosition = 32, kCheck = 8;

/// What ties the bytes of a position to their listing.
std::string check_of(const Listing& listing, std::string_view position) {
  const auto& tenant = listing.tenant.value.bytes;
  const auto sum =
      sha256(std::string(listing.name) + std::string(tenant.begin(), tenant.end()) + std::string(position));
  return std::string(sum.begin(), sum.begin() + kCheck);
}

}  // namespace

std::string to_cursor(const Listing& listing, const Position& position) {
  std::string bytes(kPosition, '\0');
  std::memcpy(bytes.data(), &position.time.micros, 8);
  std::memcpy(bytes.data() + 8, position.id.bytes.data(), 16);
  std::memcpy(bytes.data() + 24, &position.rank, 8);
  bytes += check_of(listing, bytes);
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

Result<Position> from_cursor(const Listing& listing, const std::optional<Text<1, 200>>& cursor) {
  Position position;
  if (!cursor) {
    position.time.micros = 4'102'444'800'000'000;  // the year 2100: after every row
    position.id.bytes.fill(0xff);
    position.rank = INT64_MAX;
    return position;
  }
  const std::string bytes = from_base64url(cursor->value);
  if (bytes.size() == kPosition + kCheck) {
    std::memcpy(&position.time.micros, bytes.data(), 8);
    std::memcpy(position.id.bytes.data(), bytes.data() + 8, 16);
    std::memcpy(&position.rank, bytes.data() + 24, 8);
  }
  // Outside what a timestamp can be, PostgreSQL would refuse it less politely.
  if (bytes.size() != kPosition + kCheck || bytes.substr(kPosition) != check_of(listing, bytes.substr(0, kPosition)) ||
      position.time.micros > 253'402'300'799'000'000)
    return fail(Code::invalid, "`cursor` must be a `next_cursor` of an earlier answer to the same question.", "cursor");
  return position;
}

std::string like_pattern(std::string_view text) {
  std::string out = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

}  // namespace cordon::commerce
