#include "app/key_commands.h"

#include <cstdio>

#include "app/closed_tables.h"
#include "app/milestones.h"
#include "audit/event.h"
#include "commerce/customer_store.h"
#include "keys/keyring.h"

namespace cordon::app {

namespace {

const char* name_of(keys::VersionState state) {
  switch (state) {
    case keys::VersionState::primary: return "primary";
    case keys::VersionState::enabled: return "enabled";
    case keys::VersionState::disabled: return "disabled";
    case keys::VersionState::destroyed: return "destroyed";
  }
  return "";
}

void show_progress(keys::Custodian& custodian, int64_t every, const char* what) {
  custodian.progress = [milestones = Milestones(every), what](int64_t done) mutable {
    if (milestones.passed(done)) std::fprintf(stderr, "\r%lld %s", static_cast<long long>(done), what);
  };
}

void show_wrapping(keys::Custodian& custodian) { show_progress(custodian, 500, "keys wrapped anew"); }

net::Task<Result<std::vector<Uuid>>> subjects_of(identity::Backend& backend, TenantId tenant, std::string customer) {
  auto pass = co_await backend.identity.service(tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  door::Scope scope(*pass, backend.worker);
  co_return co_await commerce::subjects_of_customer(scope, std::move(customer));
}

/// No blind index finds the customer any more.
net::Task<Result<Done>> unindex(identity::Backend& backend, TenantId tenant, CustomerId customer) {
  auto pass = co_await backend.identity.service(tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  door::Scope scope = backend.scope(*pass, audit::event_of("customer.unindex", "KEYS"));
  co_return co_await commerce::unindex_customer(scope, customer);
}

}  // namespace

net::Task<Result<Done>> print_keys(identity::Backend& backend) {
  auto keeper = custodian(backend);
  auto status = co_await keeper.status();
  if (!status) co_return std::unexpected(status.error());
  for (const keys::KmsVersion& version : status->kms)
    std::printf("KMS version %s  %s  %s\n", version.name.c_str(), name_of(version.state),
                version.made_at ? to_string(*version.made_at).c_str() : "");
  const keys::KeyCounts& c = status->counts;
  const auto line = [](const char* what, int64_t count) {
    std::printf("%-52s %lld\n", what, static_cast<long long>(count));
  };
  line("shops' keys, active", c.tenants);
  line("shops' keys that are being left", c.retiring);
  line("shops' keys under an older version of the KMS's key", c.under_old_kms);
  line("data keys", c.data_keys);
  line("data keys that are not wrapped anew yet", c.to_wrap_again);
  line("data keys that were destroyed", c.destroyed);
  line("destructions that are not done yet", c.waiting);
  auto destructions = co_await keeper.destructions();
  if (!destructions) co_return std::unexpected(destructions.error());
  for (const keys::DestructionRecord& d : *destructions)
    if (d.state == keys::DestructionState::waiting || d.state == keys::DestructionState::approved)
      std::printf("%s: the keys of %s end %s; asked for by %s: %s\n", to_string(d.destruction_id).c_str(),
                  d.shop.c_str(), d.approved_by ? to_string(d.due_at).c_str() : "when a second person says yes",
                  d.asked_by.c_str(), d.why.c_str());
  auto reclosings = co_await keeper.reclosings();
  if (!reclosings) co_return std::unexpected(reclosings.error());
  for (const keys::Reclosing& at : *reclosings)
    std::printf("closing the rows of %s anew: %lld so far, since %s\n", to_string(at.tenant).c_str(),
                static_cast<long long>(at.total), to_string(at.asked_at).c_str());
  if (c.oldest) std::printf("the oldest active key of a shop is of %s\n", to_string(*c.oldest).c_str());
  co_return Done{};
}

net::Task<Result<Done>> rotate_keys(identity::Backend& backend, std::optional<TenantId> tenant) {
  auto keeper = custodian(backend);
  show_wrapping(keeper);
  if (tenant) co_return co_await keeper.rotate_tenant(*tenant);
  auto version = co_await keeper.rotate_kms();
  if (!version) co_return std::unexpected(version.error());
  std::printf("the KMS's primary version is %s\n", version->c_str());
  co_return Done{};
}

net::Task<Result<Done>> rewrap_keys(identity::Backend& backend) {
  auto keeper = custodian(backend);
  show_wrapping(keeper);
  auto done = co_await keeper.rewrap();
  if (!done) co_return std::unexpected(done.error());
  std::printf("%lld keys wrapped anew\n", static_cast<long long>(*done));
  co_return Done{};
}

namespace {

net::Task<Result<bool>> reclose_step(identity::Backend& backend, keys::Custodian& keeper, keys::Reclosing& at) {
  const auto tables = closed_tables();
  if (at.tenant == identity::kPlatform) co_return co_await keeper.reclose(at, tables, nullptr);
  auto pass = co_await backend.identity.service(at.tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  door::Scope scope(*pass, backend.worker);
  co_return co_await keeper.reclose(at, tables, &scope);
}

}  // namespace

net::Task<Result<Done>> renew_keys(identity::Backend& backend, TenantId tenant, int64_t wait_seconds) {
  auto keeper = custodian(backend);
  show_progress(keeper, 10'000, "rows closed anew");
  auto renewed = co_await keeper.renew(tenant, wait_seconds);
  if (!renewed) co_return renewed;
  for (;;) {
    auto begun = co_await keeper.reclosings();
    if (!begun) co_return std::unexpected(begun.error());
    const auto mine = std::find_if(begun->begin(), begun->end(), [&](const auto& one) { return one.tenant == tenant; });
    if (mine == begun->end()) co_return Done{};
    if (mine->ready_at > now()) co_await net::sleep(std::chrono::seconds(1));
    bool more = mine->ready_at <= now();
    while (more) {
      auto went = co_await reclose_step(backend, keeper, *mine);
      if (!went) co_return std::unexpected(went.error());
      more = *went;
    }
  }
}

net::Task<Result<Done>> go_on_reclosing(identity::Backend& backend, int steps) {
  auto keeper = custodian(backend);
  auto begun = co_await keeper.reclosings();
  if (!begun) co_return std::unexpected(begun.error());
  Result<Done> done = Done{};
  for (keys::Reclosing& at : *begun) {
    bool more = true;
    while (more && steps-- > 0) {
      auto went = co_await reclose_step(backend, keeper, at);
      // A shop that is suspended gives no seal, and keeps no other waiting.
      if (!went) done = std::unexpected(went.error());
      more = went && *went;
    }
  }
  co_return done;
}

net::Task<Result<Done>> destroy_keys(identity::Backend& backend, DestroyKeys wanted) {
  auto keeper = custodian(backend);
  show_wrapping(keeper);
  // An empty one would otherwise be none, and the whole shop's key end.
  if (wanted.customer && wanted.customer->empty())
    co_return fail(Code::invalid, "A customer has a number: nothing was destroyed.", "customer");
  const bool whole = !wanted.customer;
  std::vector<Uuid> subjects;
  CustomerId customer;
  if (!whole) {
    auto found = co_await subjects_of(backend, wanted.tenant, *wanted.customer);
    if (!found) co_return std::unexpected(found.error());
    subjects = std::move(*found);
    customer.value = subjects.front();
  }
  auto asked = co_await keeper.ask(wanted.tenant, std::move(subjects), whole, std::move(wanted.by),
                                   std::move(wanted.why), wanted.legal);
  if (!asked) co_return std::unexpected(asked.error());
  if (whole && !wanted.legal) {
    std::printf("asked for, as %s; one of the staff says yes in the console, then it takes seven days\n",
                to_string(*asked).c_str());
    co_return Done{};
  }
  // Not before the database knows whose keys are to end: until then the index is what finds them.
  if (!whole) {
    auto unindexed = co_await unindex(backend, wanted.tenant, customer);
    if (!unindexed) co_return unindexed;
  }
  auto done = co_await keeper.shred();
  if (!done) co_return std::unexpected(done.error());
  std::printf("%lld destructions done\n", static_cast<long long>(*done));
  co_return Done{};
}

net::Task<Result<Done>> withdraw_destruction(identity::Backend& backend, Uuid destruction, std::string by) {
  auto keeper = custodian(backend);
  auto done = co_await keeper.withdraw(destruction, std::move(by));
  if (!done) co_return std::unexpected(done.error());
  co_return Done{};
}

}  // namespace cordon::app
