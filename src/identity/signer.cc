#include "identity/signer.h"

#include <algorithm>
#include <charconv>

namespace cordon::identity {

namespace {

int64_t time_now() { return now().micros / 1'000'000; }

/// The time in a key file's name; nullopt for any other file.
std::optional<int64_t> from_of(const std::filesystem::path& file) {
  const std::string stem = file.stem();
  int64_t from = 0;
  const auto end = std::from_chars(stem.data(), stem.data() + stem.size(), from);
  if (file.extension() != ".pem" || end.ec != std::errc() || end.ptr != stem.data() + stem.size()) return std::nullopt;
  return from;
}

}  // namespace

Result<std::shared_ptr<Signer>> Signer::open(const std::filesystem::path& folder, KeyLives lives) {
  std::shared_ptr<Signer> made(new Signer(folder, lives));
  std::filesystem::create_directories(folder);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto from = from_of(entry.path());
    if (!from) continue;
    auto key = Key::read(entry.path());
    if (!key) return std::unexpected(key.error());
    made->own_.push_back({std::move(*key), *from});
  }
  std::sort(made->own_.begin(), made->own_.end(), [](const Own& a, const Own& b) { return a.from < b.from; });
  if (auto turned = made->turn(time_now()); !turned) return std::unexpected(turned.error());
  made->announce(time_now(), {});
  return made;
}

Result<Done> Signer::add(int64_t from) {
  Key key = Key::generate();
  if (auto written = key.write(folder_ / (std::to_string(from) + ".pem")); !written) return written;
  own_.push_back({std::move(key), from});
  return Done{};
}

Result<Done> Signer::turn(int64_t time) {
  // What has verified its last token goes, the file too.
  while (!own_.empty() && own_.front().from + (lives_.signs + lives_.after).count() < time) {
    std::error_code gone;
    std::filesystem::remove(folder_ / (std::to_string(own_.front().from) + ".pem"), gone);
    own_.erase(own_.begin());
  }
  const int64_t until = own_.empty() ? 0 : own_.back().from + lives_.signs.count();
  // After a long stop there is none that signs: the next signs at once.
  if (until <= time) return add(time);
  if (until - lives_.ahead.count() <= time) return add(until);
  return Done{};
}

void Signer::announce(int64_t time, Keys others) {
  const Own* signs = &own_.front();
  for (const Own& one : own_) {
    others.emplace(one.key.thumbprint(), one.key);
    if (one.from <= time) signs = &one;
  }
  publish(std::move(others));
  signs_ = std::make_shared<const Key>(signs->key);
}

}  // namespace cordon::identity
