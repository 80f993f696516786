// One request to one of Google's REST APIs: authorised, within a time, asked again where that may help.
#pragma once
#include <boost/json/object.hpp>
#include <functional>

#include "keys/google_token.h"

namespace cordon::keys {

/// What to ask.
struct GoogleAsk {
  std::string_view what;            ///< for the log
  std::string path;                 ///< with query
  std::optional<std::string> body;  ///< JSON to POST; none: a GET. Wiped when it has been asked.
  /// Whether an answer arrived as Google sent it; if not, that is as good as none.
  std::function<bool(boost::json::object&)> sound;
  bool repeatable = true;  ///< may be asked again when nobody knows whether it was carried out
};

/// Blocks. Threads may share it.
class GoogleApi {
 public:
  /// `origin` of the API; a request and its repetition take `limit` at most, each of them half of it.
  GoogleApi(BlockingHttp& http, GoogleToken& token, std::string origin, std::chrono::milliseconds limit)
      : http_(http), token_(token), origin_(std::move(origin)), limit_(limit) {}

  /// The answer. Code::unavailable where there is none, where Google says so or has had enough (UNAVAILABLE,
  /// DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL), or the answer is not sound: then it has been asked twice, if it
  /// is repeatable, or was refused for a quota and so not carried out.
  /// Code::not_found (NOT_FOUND), Code::conflict (FAILED_PRECONDITION), Code::invalid (INVALID_ARGUMENT) as
  /// google.rpc.Code has them, Code::internal for every other refusal: of our access token (after another one was
  /// fetched), or of what we may do.
  Result<boost::json::object> call(GoogleAsk ask);

 private:
  Result<boost::json::object> once(const GoogleAsk& ask, Deadline until);
  Result<boost::json::object> authorised(const GoogleAsk& ask, Deadline until);

  BlockingHttp& http_;
  GoogleToken& token_;
  std::string origin_;
  std::chrono::milliseconds limit_;
};

}  // namespace cordon::keys
