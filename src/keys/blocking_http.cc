#include "keys/blocking_http.h"

#include <curl/curl.h>

#include <algorithm>

namespace cordon::keys {

namespace {

constexpr size_t kLongest = 1 << 20;

size_t append(const char* bytes, size_t, size_t count, void* to) {
  std::string& out = *static_cast<std::string*>(to);
  if (out.size() + count > kLongest) return 0;  // ends the request
  out.append(bytes, count);
  return count;
}

}  // namespace

BlockingHttp::Curl BlockingHttp::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return {curl_easy_init(), curl_easy_cleanup};
  Curl taken = std::move(idle_.back());
  idle_.pop_back();
  return taken;
}

Result<HttpAnswer> BlockingHttp::ask(const HttpQuestion& question) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(question.until - std::chrono::steady_clock::now()).count();
  if (left <= 0) return fail(Code::unavailable, "no time left");
  Curl curl = take();
  CURL* c = curl.get();
  curl_slist* list = nullptr;
  for (const std::string& header : question.headers) list = curl_slist_append(list, header.c_str());
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(list, curl_slist_free_all);
  HttpAnswer answer;
  answer.body.reserve(8 << 10);  // so that an answer with a key in it is not left behind where it grew
  curl_easy_setopt(c, CURLOPT_URL, question.url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, question.plain ? "https,http" : "https");
  curl_easy_setopt(c, CURLOPT_PROXY, "");
  curl_easy_setopt(c, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!trust_.empty()) curl_easy_setopt(c, CURLOPT_CAINFO, trust_.c_str());
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
  if (question.body) {
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, static_cast<long>(question.body->size()));
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, question.body->data());
  }
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(left));
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(c);
  long status = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  curl_easy_reset(c);  // all but its connections
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(curl));
  }
  if (code != CURLE_OK) return fail(Code::unavailable, curl_easy_strerror(code));
  return answer;
}

}  // namespace cordon::keys
