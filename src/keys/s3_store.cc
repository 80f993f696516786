#include "keys/s3_store.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "keys/s3_answers.h"
#include "net/workers.h"

namespace cordon::keys {

namespace {

constexpr size_t kPartBytes = 8 << 20, kMostParts = 10'000;
/// How long S3 may say nothing while it puts the parts together: minutes, by its documentation.
constexpr std::chrono::minutes kCompletion{10};

/// Two lines of a file that only its owner can read.
Result<Done> read_credentials(S3Settings& settings, const std::filesystem::path& file) {
  struct stat state{};
  std::ifstream in(file);
  if (!in || ::stat(file.c_str(), &state) != 0) return fail(Code::invalid, "cannot read " + file.string());
  if ((state.st_mode & 0077) != 0) return fail(Code::invalid, "others may read " + file.string() + ": chmod 600 it");
  std::string secret;
  std::getline(in, settings.access_key);
  std::getline(in, secret);
  settings.secret_key = Secret::of(secret);
  OPENSSL_cleanse(secret.data(), secret.size());
  if (settings.access_key.empty() || settings.secret_key.empty())
    return fail(Code::invalid, file.string() + " has to have two lines: access key id and secret");
  return Done{};
}

/// A part of a URL as libcurl reads it; empty if it has none.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

Result<Done> set(S3Settings& settings, std::string_view name, std::string_view value) {
  if (name == "region") settings.region = value;
  else if (name == "ca") settings.ca = value;
  else if (name == "credentials") return read_credentials(settings, value);
  else return fail(Code::invalid, "an S3 store has region=, credentials= and ca=, not " + std::string(name) + "=");
  return Done{};
}

/// For the reasons that S3 has: a name is a host's, perhaps.
bool is_bucket(std::string_view path) {
  const auto known = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  return path.size() >= 4 && path.front() == '/' && std::ranges::all_of(path.substr(1), known);
}

}  // namespace

Result<S3Settings> parse_s3_url(std::string_view text) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK)
    return fail(Code::invalid, "an S3 store is named s3:https://host/bucket?region=...&credentials=...");
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME), path = part_of(url.get(), CURLUPART_PATH);
  if (scheme != "https" && !(scheme == "http" && is_loopback(part_of(url.get(), CURLUPART_HOST))))
    return fail(Code::invalid, "an S3 store is spoken to over https");
  if (!is_bucket(path)) return fail(Code::invalid, "an S3 store's URL has to name its bucket and nothing below it");
  S3Settings settings;
  settings.bucket = text.substr(0, text.find('?'));
  const std::string query = part_of(url.get(), CURLUPART_QUERY);
  for (std::string_view rest = query; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const size_t equals = std::min(one.find('='), one.size());
    auto known = set(settings, one.substr(0, equals), one.substr(std::min(equals + 1, one.size())));
    if (!known) return std::unexpected(known.error());
  }
  if (settings.region.empty()) return fail(Code::invalid, "an S3 store's URL has to name its region=");
  if (settings.access_key.empty()) return fail(Code::invalid, "an S3 store's URL has to name a file of credentials=");
  return settings;
}

/// The answer, if it is a good one. Nobody's worker waits for the next try.
net::Task<Result<S3Answer>> S3Store::ask(const S3Request& request) {
  S3Answer answer;
  for (auto pause = connections_.settings().pauses.begin();; ++pause) {
    auto ran = co_await workers_.run([&] { answer = connections_.ask(request); });
    if (!ran) co_return std::unexpected(ran.error());
    if (!may_ask_again(request, answer) || pause == connections_.settings().pauses.end()) break;
    co_await net::sleep(*pause);
  }
  auto good = judge_s3(request, answer);
  if (!good) co_return std::unexpected(good.error());
  co_return answer;
}

net::Task<Result<uint64_t>> S3Store::put(std::string name, Source source) {
  if (auto right = check_object_name(name); !right) co_return std::unexpected(right.error());
  Pieces pieces(std::move(source), kPartBytes);
  auto first = co_await pieces.next();
  if (!first) co_return std::unexpected(first.error());
  S3Request request{.method = "POST", .name = name};
  if (first->size() < kPartBytes) {
    request.method = "PUT";
    request.body = *first;
    request.headers.emplace_back("Content-Type: application/octet-stream");
    auto done = co_await ask(request);
    if (!done) co_return std::unexpected(done.error());
    co_return first->size();
  }
  request.query.emplace_back("uploads", "");
  request.headers.emplace_back("Content-Type: application/octet-stream");
  auto begun = co_await ask(request);
  if (!begun) co_return std::unexpected(begun.error());
  const auto upload = read_s3_upload(begun->body);
  if (!upload) co_return fail(Code::internal, "The object store began an upload without saying which.");
  auto size = co_await put_parts(name, *upload, pieces, std::move(*first));
  if (size) co_return size;
  // Whether that works is the store's to know; the failure before is the one to tell.
  S3Request abort{.method = "DELETE", .name = name};
  abort.query.emplace_back("uploadId", *upload);
  (void)co_await ask(abort);
  co_return size;
}

net::Task<Result<uint64_t>> S3Store::put_parts(const std::string& name, const std::string& upload, Pieces& pieces,
                                               std::string part) {
  std::vector<std::string> etags;
  uint64_t size = 0;
  while (!part.empty()) {
    if (etags.size() == kMostParts) co_return fail(Code::too_large, "The object is too long for its store.");
    S3Request request{.method = "PUT", .name = name, .body = part};
    request.query.emplace_back("partNumber", std::to_string(etags.size() + 1));
    request.query.emplace_back("uploadId", upload);
    request.headers.emplace_back("Content-Type: application/octet-stream");
    auto stored = co_await ask(request);
    if (!stored) co_return std::unexpected(stored.error());
    etags.push_back(stored->etag);
    size += part.size();
    part = {};  // before there is another one
    auto next = co_await pieces.next();
    if (!next) co_return std::unexpected(next.error());
    part = std::move(*next);
  }
  const std::string parts = write_s3_parts(etags);
  S3Request request{.method = "POST", .name = name, .body = parts, .patience = kCompletion};
  request.query.emplace_back("uploadId", upload);
  request.headers.emplace_back("Content-Type: application/xml");
  auto completed = co_await ask(request);
  if (!completed) co_return std::unexpected(completed.error());
  if (!is_s3_completed(completed->body))
    co_return fail(Code::unavailable, "The object store could not put the object together; try again.");
  co_return size;
}

net::Task<Result<StoredObject>> S3Store::look(std::string name) {
  if (auto right = check_object_name(name); !right) co_return std::unexpected(right.error());
  S3Request request{.method = "HEAD", .name = name};
  auto answer = co_await ask(request);
  if (!answer) co_return std::unexpected(answer.error());
  StoredObject object{name, answer->length, answer->etag};
  co_return object;
}

net::Task<Result<std::string>> S3Store::read(StoredObject object, uint64_t offset, uint64_t length) {
  if (auto right = check_object_name(object.name); !right) co_return std::unexpected(right.error());
  if (offset > object.size || length > object.size - offset)
    co_return fail(Code::conflict, "The object is shorter than that.");
  if (length == 0) co_return std::string();
  S3Request request{.method = "GET", .name = object.name};
  request.range = fmt::format("{}-{}", offset, offset + length - 1);
  // The longest that an error has to say in XML, if it is longer than the range.
  request.most = std::max<size_t>(length, 64 << 10);
  request.headers.push_back("If-Match: " + object.version);
  auto answer = co_await ask(request);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->body.size() != length) co_return fail(Code::conflict, "The object is another one by now.");
  co_return std::move(answer->body);
}

net::Task<Result<Done>> S3Store::remove(std::string name) {
  if (auto right = check_object_name(name); !right) co_return std::unexpected(right.error());
  S3Request request{.method = "DELETE", .name = name};
  auto answer = co_await ask(request);
  if (!answer && answer.error().code != Code::not_found) co_return std::unexpected(answer.error());
  co_return Done{};
}

net::Task<Result<std::vector<std::string>>> S3Store::list(std::string prefix) {
  if (auto right = check_object_prefix(prefix); !right) co_return std::unexpected(right.error());
  std::vector<std::string> names;
  std::string next;
  do {
    S3Request request{.method = "GET"};
    if (!next.empty()) request.query.emplace_back("continuation-token", next);
    request.query.emplace_back("list-type", "2");
    request.query.emplace_back("max-keys", std::to_string(connections_.settings().page));
    request.query.emplace_back("prefix", prefix);
    auto answer = co_await ask(request);
    if (!answer) co_return std::unexpected(answer.error());
    auto page = read_s3_page(answer->body);
    if (!page) co_return fail(Code::internal, "The object store's list is not one of S3.");
    // A bucket may have what others put there.
    for (std::string& name : page->names)
      if (check_object_name(name)) names.push_back(std::move(name));
    next = std::move(page->next);
  } while (!next.empty());
  // Not every store that speaks S3 keeps its order.
  std::ranges::sort(names);
  co_return names;
}

}  // namespace cordon::keys
