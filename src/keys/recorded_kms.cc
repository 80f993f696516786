#include "keys/recorded_kms.h"

#include "base/json.h"
#include "keys/wrapping.h"

namespace cordon::keys {

/// Whose the KMS's own keys are.
static constexpr TenantId kPlatformTenant{};

RecordedKms::RecordedKms(std::unique_ptr<Kms> real, BeforeAsk before)
    : real_(std::move(real)), before_(std::move(before)) {
  if (!before_) return;
  real_->before_asking_others(before_);
  if (const std::string made = real_->made(); !made.empty()) became("key.rotate", made);
}

void RecordedKms::became(door::AuditAction action, const std::string& version) {
  if (!before_) return;
  std::string detail = R"({"kms_version":)";
  json::write(detail, version);
  untold_.push_back({action, kPlatformTenant, {}, detail + "}"});
}

net::Task<Result<Done>> RecordedKms::tell() {
  while (!untold_.empty()) {
    KmsAsk first = std::move(untold_.front());
    untold_.pop_front();  // nobody else tells of it meanwhile
    auto told = co_await before_(first);
    if (told) continue;
    untold_.push_front(std::move(first));
    co_return told;
  }
  co_return Done{};
}

net::Task<Result<Done>> RecordedKms::before(TenantId tenant, std::string what) {
  if (!before_) co_return Done{};
  auto told = co_await tell();
  if (!told) co_return told;
  KmsAsk ask;
  ask.tenant = tenant;
  ask.what = std::move(what);
  co_return co_await before_(std::move(ask));
}

template <class T>
Result<T> RecordedKms::hear(Result<T> answer) {
  if (heard) heard(answer || answer.error().code != Code::unavailable);
  return answer;
}

net::Task<Result<Wrapped>> RecordedKms::wrap(std::string_view plain, std::string_view aad) {
  auto may = co_await before(tenant_of(aad), "close");
  if (!may) co_return std::unexpected(may.error());
  co_return co_await real_->wrap(plain, aad);
}

net::Task<Result<Secret>> RecordedKms::unwrap(const Wrapped& wrapped, std::string_view aad) {
  std::string what = "open " + wrapped.version;
  auto may = co_await before(tenant_of(aad), std::move(what));
  if (!may) co_return std::unexpected(may.error());
  co_return hear(co_await real_->unwrap(wrapped, aad));
}

net::Task<Result<std::vector<KmsVersion>>> RecordedKms::versions() { co_return hear(co_await real_->versions()); }

net::Task<Result<std::string>> RecordedKms::rotate() {
  auto may = co_await before(kPlatformTenant, "rotate");
  if (!may) co_return std::unexpected(may.error());
  auto made = co_await real_->rotate();
  if (!made) co_return made;
  became("key.rotate", *made);
  auto told = co_await tell();
  if (!told) co_return std::unexpected(told.error());
  co_return made;
}

net::Task<Result<Done>> RecordedKms::destroy(const std::string& version) {
  std::string what = "destroy " + version;
  auto may = co_await before(kPlatformTenant, std::move(what));
  if (!may) co_return may;
  auto destroyed = co_await real_->destroy(version);
  if (!destroyed) co_return destroyed;
  became("key.destroy", version);
  co_return co_await tell();
}

}  // namespace cordon::keys
