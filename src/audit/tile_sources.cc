#include "audit/tile_sources.h"

#include <charconv>

#include "base/file.h"

namespace cordon::audit {

net::Task<Result<std::string>> PublishedLog::get(std::string path) {
  for (;;) {
    auto reply = co_await client_.request(net::Method::get, prefix_ + path);
    if (!reply) co_return std::unexpected(reply.error());
    if (reply->status == 200) co_return std::move(reply->body);
    if (reply->status == 404) co_return fail(Code::not_found, "There is no " + path + ".");
    if (reply->status != 429)
      co_return fail(Code::unavailable, path + " is answered with status " + std::to_string(reply->status) + ".");
    int seconds = 1;
    const auto text = reply->header("retry-after");
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    co_await net::sleep(std::chrono::seconds(std::clamp(seconds, 1, 60)));
  }
}

net::Task<Result<std::string>> PublishedLog::checkpoint() { return get("/checkpoint"); }

net::Task<Result<std::vector<std::string>>> PublishedLog::read(std::vector<TilePath> paths) {
  std::vector<std::string> out;
  for (const TilePath& path : paths) {
    auto bytes = co_await get("/tile/" + path.text());
    if (!bytes && bytes.error().code == Code::not_found && path.width < kTileWidth) {
      // It may have become whole meanwhile, and the part be gone.
      const TilePath whole{path.id};
      bytes = co_await get("/tile/" + whole.text());
    }
    if (!bytes) co_return std::unexpected(bytes.error());
    if (path.id.level != TileId::kEntries && bytes->size() > path.width * sizeof(Hash))
      bytes->resize(path.width * sizeof(Hash));
    out.push_back(std::move(*bytes));
  }
  co_return out;
}

Result<std::string> LogFolder::checkpoint() const { return read_whole(folder_ / "checkpoint"); }

net::Task<Result<std::vector<std::string>>> LogFolder::read(std::vector<TilePath> paths) {
  std::vector<std::string> out;
  for (const TilePath& path : paths) {
    auto bytes = read_whole(folder_ / "tile" / path.text());
    if (!bytes) co_return fail(Code::not_found, "There is no tile " + path.text() + ".");
    out.push_back(std::move(*bytes));
  }
  co_return out;
}

net::Task<Result<Done>> copy_log(TileSource& source, const std::string& checkpoint, uint64_t size,
                                 std::filesystem::path folder) {
  std::vector<TilePath> wanted;
  for (int level = TileId::kEntries; level < 8; ++level)
    for (uint64_t number = 0; width_of({level, number}, size) > 0; ++number)
      wanted.push_back({{level, number}, width_of({level, number}, size)});
  for (const TilePath& path : wanted) {
    const auto file = folder / "tile" / path.text();
    if (std::filesystem::exists(file)) continue;
    std::vector<TilePath> paths;
    paths.push_back(path);
    auto read = co_await source.read(paths);
    if (!read) co_return std::unexpected(read.error());
    std::filesystem::create_directories(file.parent_path());
    if (auto written = write_whole(file, read->front()); !written) co_return std::unexpected(written.error());
  }
  co_return write_whole(folder / "checkpoint", checkpoint);
}

}  // namespace cordon::audit
