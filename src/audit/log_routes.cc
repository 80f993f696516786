#include "audit/log_routes.h"

#include <charconv>

#include "audit/let_go_store.h"
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

struct OneStatement {
  std::string number;
};
BOOST_DESCRIBE_STRUCT(OneStatement, (), (number))

constexpr const char* kForEver = "public, max-age=31536000, immutable";

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
  response.headers.emplace_back("Cache-Control", kForEver);
  response.body = std::move(tiles->front());
  co_return response;
}

net::Task<Result<net::Response>> statement(Recorder& recorder, std::string text) {
  uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (std::to_string(number) != text) co_return fail(Code::not_found, "A statement has a number: 1, 2 and so on.");
  LetGoStore store(recorder.log().ask());
  auto note = co_await store.statement(number);
  if (!note) co_return std::unexpected(note.error());
  net::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.emplace_back("Cache-Control", kForEver);
  response.body = std::move(*note);
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
  routes.add_raw<OneStatement>({Method::get, "/audit/let-go/{number}", door::kAnyone, read, Rate::relay, "audit_let_go",
                                "What was let go of the audit log, signed: the statement of that number, from 1 on"},
                               [here](Call&, OneStatement in) -> net::Task<Result<net::Response>> {
                                 return statement(here(), std::move(in.number));
                               });
}

}  // namespace cordon::audit
