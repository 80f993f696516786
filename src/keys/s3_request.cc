#include "keys/s3_request.h"

#include <curl/curl.h>

#include <algorithm>

#include "base/log.h"
#include "base/random.h"
#include "keys/s3_answers.h"

namespace cordon::keys {

namespace {

using List = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

void append(List& list, const std::string& line) {
  if (curl_slist* longer = curl_slist_append(list.get(), line.c_str())) {
    list.release();  // NOLINT(bugprone-unused-return-value): libcurl's list holds it now
    list.reset(longer);
  }
}

/// Everything but the unreserved characters of RFC 3986 as %XX, as the signature wants it.
std::string encode(CURL* curl, const std::string& text) {
  const std::unique_ptr<char, void (*)(void*)> encoded(
      curl_easy_escape(curl, text.data(), static_cast<int>(text.size())), curl_free);
  return encoded ? encoded.get() : "";
}

/// libcurl of Debian 12 signs the query as it is, so it is written as the signature wants it: encoded, in order, and
/// with a '=' after each name (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
std::string url_of(CURL* curl, const S3Settings& settings, const S3Request& request) {
  std::string url = settings.bucket;
  if (!request.name.empty()) url += "/" + request.name;
  char before = '?';
  for (const auto& [name, value] : request.query) {
    url += before + encode(curl, name) + "=" + encode(curl, value);
    before = '&';
  }
  return url;
}

/// What the answer's body goes into, and how long it may become.
struct Body {
  std::string& bytes;
  size_t most;
};

size_t take_body(const char* data, size_t, size_t size, void* to) {
  auto& body = *static_cast<Body*>(to);
  if (size > body.most - body.bytes.size()) return 0;
  body.bytes.append(data, size);
  return size;
}

void sign(CURL* curl, const S3Settings& settings) {
  curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, ("aws:amz:" + settings.region + ":s3").c_str());
  curl_easy_setopt(curl, CURLOPT_USERNAME, settings.access_key.c_str());
  // libcurl wants a zero byte at the end, and keeps a copy of its own until the request is done.
  Secret ended(settings.secret_key.size() + 1);
  std::ranges::copy(settings.secret_key.view(), ended.bytes().begin());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, ended.view().data());
}

void connect(CURL* curl, const S3Settings& settings, const S3Request& request) {
  const auto patience = static_cast<long>(std::max(settings.patience, request.patience).count());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, settings.bucket.starts_with("https:") ? "https" : "http");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, std::min(patience, 10L));
  // No limit to the whole: what is slow but goes on is fine.
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, patience);
  if (!settings.ca.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, settings.ca.c_str());
}

/// Of curl's failures those that a network has, or a store that is being started anew.
bool is_broken(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT: return true;
    default: return false;
  }
}

void set_method(CURL* curl, const S3Request& request) {
  const std::string_view method = request.method;
  if (method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  else if (method != "GET") curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method);
  if (method != "PUT" && method != "POST") return;
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data() == nullptr ? "" : request.body.data());
}

}  // namespace

S3Connections::Handle S3Connections::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return {curl_easy_init(), [](void* curl) { curl_easy_cleanup(curl); }};
  Handle handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void S3Connections::give_back(Handle handle) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(handle));
}

S3Answer S3Connections::ask(const S3Request& request) {
  Handle handle = take();
  CURL* curl = handle.get();
  S3Answer answer;
  Body body{answer.body, request.most};
  List headers(nullptr, curl_slist_free_all);
  append(headers, "x-amz-content-sha256: " + to_hex(sha256(request.body)));
  for (const std::string& header : request.headers) append(headers, header);
  curl_easy_setopt(curl, CURLOPT_URL, url_of(curl, settings_, request).c_str());
  connect(curl, settings_, request);
  sign(curl, settings_);
  set_method(curl, request);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  if (!request.range.empty()) curl_easy_setopt(curl, CURLOPT_RANGE, request.range.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_off_t length = 0;
    curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    answer.length = static_cast<uint64_t>(std::max<curl_off_t>(length, 0));
    curl_header* etag = nullptr;
    if (curl_easy_header(curl, "ETag", 0, CURLH_HEADER, -1, &etag) == CURLHE_OK) answer.etag = etag->value;
  } else {
    answer.failure = curl_easy_strerror(code);
    answer.broken = is_broken(code);
  }
  // Forgets the request and the secret; the connection stays.
  curl_easy_reset(curl);
  give_back(std::move(handle));
  return answer;
}

bool may_ask_again(const S3Request& request, const S3Answer& answer) {
  if (std::string_view(request.method) == "POST") return answer.status == 503;
  return answer.broken || answer.status >= 500;
}

Result<Done> judge_s3(const S3Request& request, const S3Answer& answer) {
  if (answer.status >= 200 && answer.status < 300) return Done{};
  if (answer.status == 404) return fail(Code::not_found, "There is no such object.");
  if (answer.status == 412) return fail(Code::conflict, "The object is another one by now.");
  const std::string why = answer.status == 0 ? answer.failure : read_s3_error(answer.body);
  log::error("the object store", {{"method", request.method},
                                  {"name", request.name},
                                  {"status", static_cast<long long>(answer.status)},
                                  {"why", why}});
  const bool later = answer.status == 0 || answer.status == 408 || answer.status == 409 || answer.status == 429;
  if (later || answer.status >= 500)
    return fail(Code::unavailable, "The object store is out of reach for the moment; try again.");
  return fail(Code::internal, "The object store has refused.");
}

}  // namespace cordon::keys
