#include "audit/log_routes.h"

#include "base/schema.h"

namespace cordon::audit {

using door::AuditAction;
using door::Call;
using door::Rate;
using net::Method;

namespace {

struct OneTile {
  std::string tile_path;
};
BOOST_DESCRIBE_STRUCT(OneTile, (), (tile_path))

net::Task<Result<net::Response>> checkpoint(Recorder& recorder) {
  LogStore store = recorder.log();
  auto log = co_await store.log();
  if (!log) co_return std::unexpected(log.error());
  if (log->checkpoint.empty()) co_return fail(Code::not_found, "The first checkpoint is not signed yet; ask again.");
  net::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.emplace_back("Cache-Control", "public, max-age=1");
  response.body = log->published();
  co_return response;
}

net::Task<Result<net::Response>> tile(Recorder& recorder, std::string text) {
  const auto path = TilePath::parse(text);
  if (!path) co_return fail(Code::not_found, "A tile is level/number or entries/number (c2sp.org/tlog-tiles).");
  LogStore store = recorder.log();
  std::vector<TilePath> paths;
  paths.push_back(*path);
  auto tiles = co_await store.read(std::move(paths));
  if (!tiles) co_return std::unexpected(tiles.error());
  net::Response response;
  response.content_type = "application/octet-stream";
  response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  response.body = std::move(tiles->front());
  co_return response;
}

}  // namespace

void add_log_routes(door::Routes& routes, std::function<Recorder&()> here) {
  const AuditAction read("log.read");
  routes.add_raw<Nothing>({Method::get, "/audit/checkpoint", door::kAnyone, read, Rate::relay, "audit_checkpoint",
                           "How far the audit log has come, signed (c2sp.org/tlog-checkpoint)"},
                          [here](Call&, Nothing) -> net::Task<Result<net::Response>> { return checkpoint(here()); });
  routes.add_raw<OneTile>(
      {Method::get, "/audit/tile/{tile_path}", door::kAnyone, read, Rate::relay, "audit_tile",
       "A part of the audit log: hashes, or commitments under entries/ (c2sp.org/tlog-tiles)"},
      [here](Call&, OneTile in) -> net::Task<Result<net::Response>> { return tile(here(), std::move(in.tile_path)); });
}

}  // namespace cordon::audit
