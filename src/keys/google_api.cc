#include "keys/google_api.h"

#include <openssl/crypto.h>

#include <thread>

#include "base/json.h"
#include "base/log.h"
#include "base/utf8.h"

namespace cordon::keys {

namespace bj = boost::json;

namespace {

constexpr std::chrono::milliseconds kPause{100};

std::unexpected<Error> unavailable() {
  return fail(Code::unavailable, "The keys are out of reach for the moment; try again.");
}

/// Google's status, from the answer's google.rpc.Status, or at least its HTTP status.
Code code_of(int http, std::string_view status) {
  if (http == 401) return Code::unauthenticated;
  if (http == 429) return Code::rate_limited;
  if (http == 408 || http >= 500) return Code::unavailable;
  if (http == 404) return Code::not_found;
  if (status == "FAILED_PRECONDITION") return Code::conflict;
  if (status == "INVALID_ARGUMENT") return Code::invalid;
  return Code::internal;
}

std::unexpected<Error> refusal(const GoogleAsk& ask, const HttpAnswer& answer) {
  const auto body = json::parse_object(answer.body);
  const bj::object* error = body ? json::object_of(*body, "error") : nullptr;
  const std::string_view status = error ? json::text_of(*error, "status") : std::string_view();
  const std::string_view message = error ? json::text_of(*error, "message") : std::string_view();
  const Code code = code_of(answer.status, status);
  log::warn("Google has refused", {{"what", ask.what},
                                   {"http", static_cast<long long>(answer.status)},
                                   {"status", status},
                                   {"message", storable(message, 300)}});
  if (code == Code::unavailable) return unavailable();
  return fail(code, "Google refused to " + std::string(ask.what) + ".");
}

/// What is over a quota (https://cloud.google.com/kms/quotas) was not carried out; of the rest nobody knows.
bool may_be_repeated(const GoogleAsk& ask, Code code) {
  return code == Code::rate_limited || (code == Code::unavailable && ask.repeatable);
}

void wipe(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }

}  // namespace

Result<bj::object> GoogleApi::once(const GoogleAsk& ask, Deadline until) {
  const auto token = token_.get(until);
  if (!token) return std::unexpected(token.error());
  HttpQuestion question;
  question.url = origin_ + ask.path;
  question.headers = {"Authorization: Bearer " + *token, "Accept: application/json"};
  if (ask.body) question.headers.emplace_back("Content-Type: application/json");
  if (ask.body) question.body = *ask.body;
  question.until = until;
  auto answer = http_.ask(question);
  if (!answer) {
    log::warn("Google did not answer", {{"what", ask.what}, {"why", answer.error().detail}});
    return unavailable();
  }
  if (answer->status == 401) token_.forget(*token);
  if (answer->status != 200) return refusal(ask, *answer);
  auto object = json::parse_object(answer->body);
  wipe(answer->body);
  if (!object || (ask.sound && !ask.sound(*object))) {
    log::warn("Google's answer is damaged", {{"what", ask.what}});
    return unavailable();
  }
  return object;
}

/// once(), and once more with another token if Google does not take the one we have.
Result<bj::object> GoogleApi::authorised(const GoogleAsk& ask, Deadline until) {
  auto answer = once(ask, until);
  if (answer || answer.error().code != Code::unauthenticated) return answer;
  answer = once(ask, until);
  if (!answer && answer.error().code == Code::unauthenticated) answer.error().code = Code::internal;
  return answer;
}

Result<bj::object> GoogleApi::call(GoogleAsk ask) {
  const Deadline from = std::chrono::steady_clock::now();
  auto answer = authorised(ask, from + limit_ / 2);
  if (!answer && may_be_repeated(ask, answer.error().code)) {
    std::this_thread::sleep_for(std::min(kPause, limit_ / 10));
    answer = authorised(ask, from + limit_);
  }
  if (ask.body) wipe(*ask.body);
  if (!answer && answer.error().code == Code::rate_limited) return unavailable();
  return answer;
}

}  // namespace cordon::keys
