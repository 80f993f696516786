#include "keys/object_store.h"

#include <algorithm>

#include "keys/folder_store.h"
#include "keys/s3_store.h"

namespace cordon::keys {

namespace {

constexpr size_t kMostName = 512, kMostPart = 200;

bool is_part(std::string_view part) {
  const auto known = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !part.empty() && part.size() <= kMostPart && part.front() != '.' && std::ranges::all_of(part, known);
}

bool is_name(std::string_view name) {
  if (name.size() > kMostName) return false;
  for (;;) {
    const size_t slash = name.find('/');
    if (!is_part(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

Result<Done> check_object_name(std::string_view name) {
  if (!is_name(name)) return fail(Code::invalid, "That is not the name of an object.");
  return Done{};
}

Result<Done> check_object_prefix(std::string_view prefix) { return check_object_name(std::string(prefix) + "x"); }

net::Task<Result<Done>> ObjectStore::get(std::string name, ByteRange range, Sink sink) {
  auto object = co_await look(name);
  if (!object) co_return std::unexpected(object.error());
  uint64_t at = std::min(range.offset, object->size);
  const uint64_t end = range.length < object->size - at ? at + range.length : object->size;
  while (at < end) {
    auto piece = co_await read(*object, at, std::min(read_bytes(), end - at));
    if (!piece) co_return std::unexpected(piece.error());
    auto taken = co_await sink(*piece);
    if (!taken) co_return std::unexpected(taken.error());
    at += piece->size();
  }
  co_return Done{};
}

net::Task<Result<uint64_t>> ObjectStore::size(std::string name) {
  auto object = co_await look(name);
  if (!object) co_return std::unexpected(object.error());
  co_return object->size;
}

Result<std::unique_ptr<ObjectStore>> open_store(std::string_view url, net::Workers& workers) {
  const std::string_view kind = url.substr(0, std::min(url.find(':'), url.size()));
  const std::string rest(url.substr(std::min(kind.size() + 1, url.size())));
  if (kind == "folder") return FolderStore::open(rest, workers);
  if (kind != "s3") return fail(Code::invalid, "an object store is named folder: or s3:");
  auto settings = parse_s3_url(rest);
  if (!settings) return std::unexpected(settings.error());
  return std::make_unique<S3Store>(std::move(*settings), workers);
}

net::Task<Result<std::string>> Pieces::next() {
  std::string piece;
  piece.reserve(length_);
  while (piece.size() < length_ && !ended_) {
    const size_t taken = std::min(length_ - piece.size(), rest_.size() - at_);
    piece.append(rest_, at_, taken);
    at_ += taken;
    if (at_ < rest_.size()) break;
    auto more = co_await source_();
    if (!more) co_return std::unexpected(more.error());
    ended_ = !more->has_value();
    rest_ = ended_ ? std::string() : std::move(**more);
    at_ = 0;
  }
  co_return piece;
}

}  // namespace cordon::keys
