#include "keys/data_key.h"

#include "base/random.h"

namespace cordon::keys {

namespace {

constexpr char kFormat = 1;
constexpr size_t kHead = 5;  // format and version

std::string aad_of(const TenantId& tenant, const Field& field, const Uuid& row) {
  std::string aad;
  aad.reserve(32 + field.table.size() + 1 + field.column.size());
  aad.append(reinterpret_cast<const char*>(tenant.value.bytes.data()), 16);
  aad.append(reinterpret_cast<const char*>(row.bytes.data()), 16);
  return aad.append(field.table).append(".").append(field.column);
}

int64_t version_of(std::string_view closed) {
  if (closed.size() < kHead || closed[0] != kFormat) throw Tampered("a closed field has no such format");
  int64_t version = 0;
  for (size_t i = 1; i < kHead; ++i) version = version << 8 | static_cast<uint8_t>(closed[i]);
  return version;
}

}  // namespace

const std::pair<const int64_t, std::optional<Xaes>>* DataKey::newest() const {
  const Time at = now();
  for (auto version = versions_->by_number.rbegin(); version != versions_->by_number.rend(); ++version)
    if (version->second && versions_->active_from.at(version->first) <= at) return &*version;
  return nullptr;
}

db::Bytes DataKey::close(const Field& field, const Uuid& row, std::string_view plain) const {
  const auto* found = newest();
  if (found == nullptr) throw std::logic_error("closing a field without a key");
  const auto& [version, key] = *found;
  db::Bytes closed;
  closed.value.reserve(kHead + kNonceBytes + plain.size() + kTagBytes);
  closed.value += kFormat;
  for (const int shift : {24, 16, 8, 0}) closed.value += static_cast<char>(version >> shift);
  const_cast<Xaes&>(*key).seal(closed.value, aad_of(versions_->tenant, field, row), plain);
  return closed;
}

std::string DataKey::open(const Field& field, const Uuid& row, std::string_view closed) const {
  const auto found = versions_->by_number.find(version_of(closed));
  if (found == versions_->by_number.end()) throw Tampered("a closed field names a key that was never there");
  if (!found->second) return std::string(kErased);
  auto plain = found->second->open(aad_of(versions_->tenant, field, row), closed.substr(kHead));
  if (!plain)
    throw Tampered("a closed field does not open: " + std::string(field.table) + "." + std::string(field.column));
  return std::move(*plain);
}

db::Bytes DataKey::index(const Field& field, std::string_view value) const {
  const auto& first = versions_->by_number.begin()->second;
  if ((versions_->subject != kIndex && versions_->subject != kEvents) || !first)
    throw std::logic_error("no key to index with");
  std::string input;
  input.append(field.table).append(".").append(field.column).append(1, '\0').append(value);
  const auto mac = hmac_sha256(first->key().view(), input);
  return {std::string(reinterpret_cast<const char*>(mac.data()), 16)};
}

bool DataKey::is_old(std::string_view closed) const {
  const auto* found = newest();
  return found != nullptr && version_of(closed) < found->first;
}

const DataKey& DataKeys::of(const Uuid& subject) const {
  const auto found = keys_.find(subject);
  if (found == keys_.end()) throw std::logic_error("a data key that nobody asked for");
  return found->second;
}

bool DataKeys::has(const Uuid& subject) const {
  const auto found = keys_.find(subject);
  return found != keys_.end() && found->second.closes();
}

int64_t DataKeys::next_version(const Uuid& subject) const {
  const auto found = keys_.find(subject);
  return found == keys_.end() ? 1 : found->second.last_version() + 1;
}

}  // namespace cordon::keys
