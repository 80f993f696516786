// A KMS that counts what it is asked, can be away, and can fail in the middle of something.
#pragma once
#include <functional>
#include <optional>

#include "keys/kms.h"

namespace cordon::testing {

class CountedKms : public keys::Kms {
 public:
  explicit CountedKms(std::unique_ptr<keys::Kms> real) : real_(std::move(real)) {}

  int wrapped = 0, unwrapped = 0, rotated = 0;
  bool away = false;
  bool ageless = false;  ///< does not tell when it made a version
  /// What others do meanwhile: when it has been asked to "wrap" or "unwrap" and has not answered yet, or for its
  /// "versions". It may take its time.
  std::function<net::Task<void>(std::string_view)> others;
  int fails_after = -1;                      ///< so many more answers, then none
  std::optional<keys::VersionState> closed;  ///< nothing opens any more, and this is what it says of its versions

  net::Task<Result<keys::Wrapped>> wrap(std::string_view plain, std::string_view aad) override {
    ++wrapped;
    if (gone()) co_return nothing();
    auto out = co_await real_->wrap(plain, aad);
    if (others) co_await others("wrap");
    co_return out;
  }
  net::Task<Result<keys::Secret>> unwrap(const keys::Wrapped& what, std::string_view aad) override {
    ++unwrapped;
    if (others) co_await others("unwrap");
    if (gone()) co_return nothing();
    if (closed) co_return fail(Code::not_found, "That version of the key is not there any more.");
    co_return co_await real_->unwrap(what, aad);
  }
  net::Task<Result<std::vector<keys::KmsVersion>>> versions() override {
    if (gone()) co_return nothing();
    if (others) co_await others("versions");
    auto out = co_await real_->versions();
    if (!out) co_return out;
    for (keys::KmsVersion& version : *out) {
      if (closed) version.state = *closed;
      if (ageless) version.made_at.reset();
    }
    co_return out;
  }
  net::Task<Result<std::string>> rotate() override {
    if (gone()) co_return nothing();
    ++rotated;
    co_return co_await real_->rotate();
  }
  net::Task<Result<Done>> destroy(const std::string& version) override {
    if (gone()) co_return nothing();
    co_return co_await real_->destroy(version);
  }

 private:
  bool gone() {
    if (fails_after > 0) --fails_after;
    else if (fails_after == 0) return true;
    return away;
  }
  static std::unexpected<Error> nothing() { return fail(Code::unavailable, "The KMS is away."); }

  std::unique_ptr<keys::Kms> real_;
};

}  // namespace cordon::testing
