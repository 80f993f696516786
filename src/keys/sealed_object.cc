#include "keys/sealed_object.h"

#include <algorithm>

namespace cordon::keys {

namespace {

/// A source of ciphertext, made of one of plaintext.
class Sealing {
 public:
  Sealing(const Secret& key, std::string_view aad, Source plain) : encryptor_(key, aad), plain_(std::move(plain)) {}

  net::Task<Result<std::optional<std::string>>> next() {
    std::string sealed;
    while (sealed.empty()) {
      if (finished_) co_return std::nullopt;
      auto piece = co_await plain_();
      if (!piece) co_return std::unexpected(piece.error());
      finished_ = !piece->has_value();
      if (finished_) {
        encryptor_.finish(sealed);
      } else {
        encryptor_.update(sealed, **piece);
        size_ += (*piece)->size();
      }
    }
    std::optional<std::string> out(std::move(sealed));
    co_return out;
  }
  uint64_t size() const { return size_; }

 private:
  StreamEncryptor encryptor_;
  Source plain_;
  uint64_t size_ = 0;
  bool finished_ = false;
};

/// The range's part of a segment's plaintext, which begins at byte `at` of the first segment's.
std::string_view within(const SegmentRange& range, uint64_t at, std::string_view plain) {
  const uint64_t from = std::clamp(range.skip, at, at + plain.size()) - at;
  const uint64_t to = std::clamp(range.skip + range.length, at, at + plain.size()) - at;
  return plain.substr(from, to - from);
}

}  // namespace

net::Task<Result<uint64_t>> put_sealed(ObjectStore& store, std::string name, const Secret& key, std::string aad,
                                       Source plain) {
  Sealing sealing(key, aad, std::move(plain));
  const Source sealed = [&] { return sealing.next(); };
  auto stored = co_await store.put(name, sealed);
  if (!stored) co_return std::unexpected(stored.error());
  co_return sealing.size();
}

net::Task<Result<SealedObject>> SealedObject::open(ObjectStore& store, std::string name, const Secret& key,
                                                   std::string aad) {
  auto object = co_await store.look(name);
  if (!object) co_return std::unexpected(object.error());
  const uint64_t length = std::min(object->size, kStreamHeaderBytes);
  auto header = co_await store.read(*object, 0, length);
  if (!header) co_return std::unexpected(header.error());
  auto reader = SegmentReader::open(key, aad, *header, object->size);
  if (!reader) co_return std::unexpected(reader.error());
  co_return SealedObject(store, std::move(*object), std::move(*reader));
}

net::Task<Result<Done>> SealedObject::read(ByteRange range, Sink sink) {
  const SegmentRange where = reader_.locate(range.offset, range.length);
  uint64_t at = where.from, opened = 0;
  std::string sealed, plain;
  size_t used = 0;
  for (uint64_t segment = where.first; segment <= where.last; ++segment) {
    if (used == sealed.size()) {
      // As many whole segments as the store likes to be asked for; the header before the first one is read already.
      const uint64_t end = std::min((at / kSegmentBytes) * kSegmentBytes + store_->read_bytes(), where.to);
      auto more = co_await store_->read(object_, at, end - at);
      if (!more) co_return std::unexpected(more.error());
      sealed = std::move(*more);
      used = 0;
      at = end;
    }
    const uint64_t size = reader_.segment_size(segment);
    plain.clear();
    auto right = reader_.read(plain, segment, std::string_view(sealed).substr(used, size));
    if (!right) co_return std::unexpected(right.error());
    used += size;
    const std::string_view part = within(where, opened, plain);
    opened += plain.size();
    if (part.empty()) continue;
    auto taken = co_await sink(part);
    if (!taken) co_return std::unexpected(taken.error());
  }
  co_return Done{};
}

}  // namespace cordon::keys
