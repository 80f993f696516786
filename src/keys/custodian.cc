#include "keys/custodian.h"

#include "base/log.h"
#include "base/utf8.h"
#include "keys/keyring.h"

namespace cordon::keys {

namespace {

constexpr int kTurnSeconds = 60;
constexpr int64_t kBatch = 500;
constexpr int kTries = 3;  // where somebody else was faster
// New keys close for the last part of the wait already: what was closed with an older one is committed when rows begin
// to be closed anew, also by a process whose clock is late: a little more than three minutes of KeyLives::announced.
constexpr int64_t kSettling = 20;

std::unexpected<Error> lost(TenantId tenant) {
  log::error("a tenant's key cannot be opened", {{"tenant", to_string(tenant)}});
  return fail(Code::internal, "A key cannot be opened with the key that is said to have wrapped it.");
}

/// The first error of several tenants': what is wrong with one keeps no other waiting. Where the KMS or the database is
/// away, though, it is so for all of them.
class FirstError {
 public:
  /// Whether to go on.
  template <class T>
  bool add(const Result<T>& result) {
    if (result) return true;
    if (!error_) error_ = result.error();
    return result.error().code != Code::unavailable;
  }
  template <class T>
  Result<T> or_else(T value) const {
    if (error_) return std::unexpected(*error_);
    return value;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace

net::Task<Result<std::string>> Custodian::primary() {
  auto versions = co_await kms_.versions();
  if (!versions) co_return std::unexpected(versions.error());
  for (const KmsVersion& version : *versions)
    if (version.state == VersionState::primary) co_return version.name;
  co_return fail(Code::internal, "The KMS has no primary version.");
}

net::Task<Result<KeyStatus>> Custodian::status() {
  auto versions = co_await kms_.versions();
  if (!versions) co_return std::unexpected(versions.error());
  auto newest = co_await primary();
  if (!newest) co_return std::unexpected(newest.error());
  auto counts = co_await store_.counts(*newest);
  if (!counts) co_return std::unexpected(counts.error());
  co_return KeyStatus{std::move(*versions), *counts};
}

net::Task<Result<Done>> Custodian::rewrap_tenant(TenantKeyAt row, std::string newest) {
  auto key = co_await unwrap(kms_, row.tenant, row.key);
  if (!key) co_return std::unexpected(key.error());
  const std::string aad = tenant_key_aad(row.tenant, row.key.version);
  auto fresh = co_await kms_.wrap(key->view(), aad);
  if (!fresh) co_return std::unexpected(fresh.error());
  // Google's new primary version is not everywhere at once; what an old one wraps would have to be wrapped again.
  if (fresh->version != newest)
    co_return fail(Code::unavailable, "The KMS does not use its new version everywhere yet; go on later.");
  co_return co_await store_.replace(std::move(row), std::move(*fresh));
}

net::Task<Result<int64_t>> Custodian::rewrap_tenants() {
  auto newest = co_await primary();
  if (!newest) co_return std::unexpected(newest.error());
  int64_t done = 0;
  FirstError wrong;
  TenantKeyPlace place;
  for (;;) {
    auto rows = co_await store_.under_others(*newest, place, kBatch);
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return wrong.or_else(done);
    for (const TenantKeyAt& row : *rows) {
      place = {row.tenant, row.key.version};
      auto wrapped = co_await rewrap_tenant(row, *newest);
      if (!wrong.add(wrapped)) co_return std::unexpected(wrapped.error());
      if (!wrapped) continue;
      ++done;
      if (progress) progress(++wrapped_);
    }
    auto turn = co_await store_.take_turn(kTurnSeconds, true);
    if (!turn) co_return std::unexpected(turn.error());
  }
}

net::Task<Result<Custodian::Opened>> Custodian::open(TenantId tenant) {
  auto rows = co_await store_.keys_of(tenant);
  if (!rows) co_return std::unexpected(rows.error());
  Opened out;
  for (const TenantKeyRow& row : *rows) {
    if (row.wrapped.bytes.empty()) continue;
    auto key = co_await unwrap(kms_, tenant, row);
    if (!key) co_return std::unexpected(key.error());
    out.keys.emplace(row.version, Xaes(std::move(*key)));
    if (row.active) out.active = row.version;
  }
  co_return out;
}

net::Task<Result<int64_t>> Custodian::rewrap_data(TenantId tenant) {
  auto opened = co_await open(tenant);
  if (!opened) co_return std::unexpected(opened.error());
  auto& [keys, active] = *opened;
  int64_t done = 0;
  while (active != 0) {
    auto old = co_await store_.wrapped_before(tenant, active, kBatch);
    if (!old) co_return std::unexpected(old.error());
    if (old->empty()) break;
    std::vector<DataKeyRow> fresh = *old;
    for (DataKeyRow& row : fresh) {
      const std::string aad = data_key_aad(tenant, row.subject, row.version);
      const auto with = keys.find(row.tenant_version);
      auto key = with == keys.end() ? std::nullopt : with->second.open_secret(aad, row.wrapped);
      if (!key) co_return lost(tenant);
      row.wrapped.clear();
      row.tenant_version = active;
      keys.at(active).seal(row.wrapped, aad, key->view());
    }
    auto replaced = co_await store_.replace(tenant, std::move(*old), fresh);
    if (!replaced) co_return std::unexpected(replaced.error());
    done += static_cast<int64_t>(fresh.size());
    if (progress) progress(wrapped_ += static_cast<int64_t>(fresh.size()));
    auto turn = co_await store_.take_turn(kTurnSeconds, true);
    if (!turn) co_return std::unexpected(turn.error());
  }
  auto ended = co_await store_.end_retired(tenant);
  if (!ended) co_return std::unexpected(ended.error());
  co_return done;
}

net::Task<Result<std::string>> Custodian::rotate_kms() {
  auto made = co_await kms_.rotate();
  if (!made) co_return std::unexpected(made.error());
  auto wrapped = co_await rewrap_tenants();
  if (!wrapped) co_return std::unexpected(wrapped.error());
  co_return *made;
}

net::Task<Result<Done>> Custodian::rotate_tenant(TenantId tenant) {
  auto rows = co_await store_.keys_of(tenant);
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty()) co_return fail(Code::not_found, "This shop has no key.");
  if (rows->back().wrapped.bytes.empty()) co_return fail(Code::conflict, "This shop's key has been destroyed.");
  const int64_t version = rows->back().version + 1;
  const Secret key = Secret::random(kKeyBytes);
  const std::string aad = tenant_key_aad(tenant, version);
  for (int attempt = 1;; ++attempt) {
    auto wrapped = co_await kms_.wrap(key.view(), aad);
    if (!wrapped) co_return std::unexpected(wrapped.error());
    auto added = co_await store_.add(tenant, version, std::move(*wrapped));
    if (added) break;
    // Perhaps the version that has wrapped it ended meanwhile: then there is a newer one.
    if (added.error().code != Code::unavailable || attempt == kTries) co_return added;
  }
  auto done = co_await rewrap_data(tenant);
  if (!done) co_return std::unexpected(done.error());
  co_return Done{};
}

net::Task<Result<int64_t>> Custodian::rewrap() {
  FirstError wrong;
  auto done = co_await rewrap_tenants();
  if (!wrong.add(done)) co_return done;
  int64_t count = done.value_or(0);
  auto tenants = co_await store_.retiring();
  if (!tenants) co_return std::unexpected(tenants.error());
  for (const TenantId tenant : *tenants) {
    auto more = co_await rewrap_data(tenant);
    if (!wrong.add(more)) co_return more;
    count += more.value_or(0);
  }
  co_return wrong.or_else(count);
}

net::Task<Result<Done>> Custodian::renew(TenantId tenant, int64_t wait_seconds) {
  auto begun = co_await store_.begin_reclosing(tenant, wait_seconds);
  if (!begun) co_return std::unexpected(begun.error());
  auto opened = co_await open(tenant);
  if (!opened) co_return std::unexpected(opened.error());
  if (opened->active == 0) co_return fail(Code::conflict, "This shop's key has been destroyed.");
  for (;;) {
    auto subjects = co_await store_.subjects_before(tenant, begun->asked_at, kBatch);
    if (!subjects) co_return std::unexpected(subjects.error());
    // Whoever hears of it reads the new keys at once; who does not, has read them when the wait is over.
    if (subjects->empty()) co_return co_await store_.tell();
    // The wait is counted from the last of them: also where this was cut off, and goes on when the first wait is over.
    auto at = co_await store_.put_off(tenant, wait_seconds);
    if (!at) co_return std::unexpected(at.error());
    const Time from{at->ready_at.micros - wait_seconds * 1'000'000 / kSettling};
    for (DataKeyRow& row : *subjects) {
      const Secret key = Secret::random(kKeyBytes);
      row = {row.subject, row.version + 1, opened->active, from, {}};
      opened->keys.at(opened->active).seal(row.wrapped, data_key_aad(tenant, row.subject, row.version), key.view());
    }
    auto added = co_await store_.add_data(tenant, std::move(*subjects));
    if (!added) co_return added;
  }
}

net::Task<Result<Walked>> Custodian::step(const ClosedTable& table, TenantId tenant, Place from, door::Scope* scope) {
  const bool sealed = table.reached == Reached::by_seal;
  // Without a seal there are no rows that are reached by one.
  if (sealed && scope == nullptr) co_return Walked{from, 0, 0, true};
  const Way way = sealed ? by_seal(*scope) : by_login(identity_, tenant);
  co_return co_await walk(way, table, from, kBatch, with_newest);
}

net::Task<Result<bool>> Custodian::reclose(Reclosing& at, const std::vector<ClosedTable>& tables, door::Scope* scope) {
  if (at.ready_at > now()) co_return false;
  const auto table = static_cast<size_t>(at.table);
  // A pass begins with keys as they are now: with older ones it would take old rows for new, and the pass for the last.
  if (at.table == 0 && at.place_number == -1) Keyring::current().forget_all();
  if (table == tables.size()) {
    // Somebody may have closed a row with an older key while this pass was on its way: then there is another one.
    if (at.changed == 0) {
      auto ended = co_await store_.end_reclosing(at);
      if (!ended) co_return std::unexpected(ended.error());
      co_return false;
    }
    at.table = at.changed = 0;
    at.place_id = {};
    at.place_number = -1;
  } else {
    const Place from{at.place_id, at.place_number};
    auto walked = co_await step(tables[table], at.tenant, from, scope);
    if (!walked) co_return std::unexpected(walked.error());
    at.changed += walked->changed;
    at.total += walked->changed;
    at.place_id = walked->end ? Uuid{} : walked->place.id;
    at.place_number = walked->end ? -1 : walked->place.number;
    if (walked->end) ++at.table;
    if (progress) progress(at.total);
  }
  co_return co_await store_.save(at);
}

net::Task<Result<Uuid>> Custodian::ask(TenantId tenant, std::vector<Uuid> subjects, bool whole, std::string by,
                                       std::string why, bool legal) {
  if (by.empty() || first_bad_utf8(by)) co_return fail(Code::invalid, "Say who asks.", "by");
  const size_t length = first_bad_utf8(why) ? 0 : characters(why);
  if (length < 10 || length > 500) co_return fail(Code::invalid, "Say why, in 10 to 500 characters.", "why");
  Destruction wanted{new_uuid(), tenant, std::move(subjects), whole};
  const Uuid id = wanted.id;
  auto asked = co_await store_.ask(std::move(wanted), std::move(by), std::move(why), legal);
  if (!asked) co_return std::unexpected(asked.error());
  co_return id;
}

net::Task<Result<DestructionRecord>> Custodian::destruction(Uuid id) {
  auto found = co_await store_.destructions(id);
  if (!found) co_return std::unexpected(found.error());
  if (found->empty()) co_return fail(Code::not_found, "There is no such destruction.");
  co_return std::move(found->front());
}

net::Task<Result<DestructionRecord>> Custodian::approve(Uuid id, std::string by) {
  auto found = co_await destruction(id);
  if (!found) co_return found;
  if (found->state != DestructionState::waiting) co_return fail(Code::conflict, "This destruction waits for no yes.");
  auto done = co_await store_.decide(std::move(*found), std::move(by), true);
  if (!done) co_return std::unexpected(done.error());
  co_return co_await destruction(id);
}

net::Task<Result<DestructionRecord>> Custodian::withdraw(Uuid id, std::string by) {
  auto found = co_await destruction(id);
  if (!found) co_return found;
  if (found->state != DestructionState::waiting && found->state != DestructionState::approved)
    co_return fail(Code::conflict, "This destruction is over.");
  auto done = co_await store_.decide(std::move(*found), std::move(by), false);
  if (!done) co_return std::unexpected(done.error());
  co_return co_await destruction(id);
}

/// Only the primary version is needed any more: whatever an older one has wrapped is wrapped anew, or gone.
/// Code::conflict where somebody has wrapped a tenant's key with an older one since.
net::Task<Result<Done>> Custodian::destroy_old_versions() {
  auto versions = co_await kms_.versions();
  if (!versions) co_return std::unexpected(versions.error());
  for (const KmsVersion& version : *versions) {
    if (version.state == VersionState::primary || version.state == VersionState::destroyed) continue;
    // The database's word, under a lock: whoever wraps with it at this moment is seen, whoever comes later refused.
    auto ended = co_await store_.end_version(version.name);
    if (!ended) co_return std::unexpected(ended.error());
    if (!*ended) co_return fail(Code::conflict, "A key was wrapped with an older version meanwhile; go on later.");
    auto destroyed = co_await kms_.destroy(version.name);
    if (!destroyed) co_return destroyed;
  }
  co_return Done{};
}

net::Task<Result<Done>> Custodian::leave_tenant_key(const Destruction& destruction) {
  auto active = co_await store_.still_wrapping(destruction);
  if (!active) co_return std::unexpected(active.error());
  if (!*active) co_return Done{};
  if (**active) co_return co_await rotate_tenant(destruction.tenant);
  // It was left already, and ends when it wraps nothing any more.
  auto done = co_await rewrap_data(destruction.tenant);
  if (!done) co_return std::unexpected(done.error());
  co_return Done{};
}

net::Task<Result<Done>> Custodian::leave_kms_version(const std::vector<Destruction>& destructions) {
  auto newest = co_await primary();
  if (!newest) co_return std::unexpected(newest.error());
  // Once: Google may take hours until its new version is used everywhere, and we come again every minute.
  auto leaves = co_await store_.leaves(destructions, *newest);
  if (!leaves) co_return std::unexpected(leaves.error());
  if (*leaves) {
    auto made = co_await kms_.rotate();
    if (!made) co_return std::unexpected(made.error());
  }
  for (int attempt = 1;; ++attempt) {
    // A key that does not open keeps the version that wrapped it, and no other.
    auto wrapped = co_await rewrap_tenants();
    if (!wrapped && wrapped.error().code == Code::unavailable) co_return std::unexpected(wrapped.error());
    auto destroyed = co_await destroy_old_versions();
    if (destroyed || destroyed.error().code != Code::conflict || attempt == kTries) co_return destroyed;
  }
}

net::Task<Result<int64_t>> Custodian::shred() {
  auto ripe = co_await store_.ripe();
  if (!ripe) co_return std::unexpected(ripe.error());
  FirstError wrong;
  for (Destruction& destruction : *ripe) {
    auto ended = co_await store_.end_keys(std::move(destruction));
    if (!wrong.add(ended)) co_return std::unexpected(ended.error());
  }
  auto unfinished = co_await store_.unfinished();
  if (!unfinished) co_return std::unexpected(unfinished.error());
  std::vector<Destruction> left_behind;
  for (Destruction& destruction : *unfinished) {
    Result<Done> left = Done{};
    if (!destruction.whole) left = co_await leave_tenant_key(destruction);
    if (!wrong.add(left)) co_return std::unexpected(left.error());
    if (left) left_behind.push_back(std::move(destruction));
  }
  if (left_behind.empty()) co_return wrong.or_else(int64_t{0});
  auto left = co_await leave_kms_version(left_behind);
  if (!left) co_return std::unexpected(left.error());
  const auto count = static_cast<int64_t>(left_behind.size());
  auto finished = co_await store_.finish(std::move(left_behind));
  if (!finished) co_return std::unexpected(finished.error());
  co_return wrong.or_else(count);
}

net::Task<Result<Done>> Custodian::rotate_old_kms() {
  auto versions = co_await kms_.versions();
  if (!versions) co_return std::unexpected(versions.error());
  for (const KmsVersion& version : *versions) {
    if (version.state != VersionState::primary) continue;
    auto use = co_await store_.use_of(version.name);
    if (!use) co_return std::unexpected(use.error());
    const bool old = now().micros - version.made_at.value_or(use->since).micros > lives_.kms.count() * 1'000'000;
    if (!old && use->wraps <= lives_.kms_wraps) continue;
    auto rotated = co_await rotate_kms();
    if (!rotated) co_return std::unexpected(rotated.error());
  }
  co_return Done{};
}

net::Task<Result<Done>> Custodian::rotate_old_tenants() {
  FirstError wrong;
  auto due = co_await store_.due(lives_.tenant.count(), lives_.wraps);
  if (!due) co_return std::unexpected(due.error());
  for (const TenantId tenant : *due) {
    auto rotated = co_await rotate_tenant(tenant);
    if (!wrong.add(rotated)) break;
  }
  co_return wrong.or_else(Done{});
}

net::Task<Result<Done>> Custodian::renew_old() {
  FirstError wrong;
  auto aged = co_await store_.aged(lives_.data.count());
  if (!aged) co_return std::unexpected(aged.error());
  for (const TenantId tenant : *aged) {
    auto renewed = co_await renew(tenant, lives_.announced.count());
    if (!wrong.add(renewed)) break;
  }
  co_return wrong.or_else(Done{});
}

net::Task<Result<Done>> Custodian::tend() {
  auto turn = co_await store_.take_turn(kTurnSeconds, false);
  if (!turn) co_return std::unexpected(turn.error());
  if (!*turn) co_return Done{};
  FirstError wrong;
  auto kms = co_await rotate_old_kms();
  if (!wrong.add(kms)) co_return kms;
  auto tenants = co_await rotate_old_tenants();
  if (!wrong.add(tenants)) co_return tenants;
  auto wrapped = co_await rewrap();
  if (!wrong.add(wrapped)) co_return std::unexpected(wrapped.error());
  auto renewed = co_await renew_old();
  if (!wrong.add(renewed)) co_return renewed;
  auto shredded = co_await shred();
  wrong.add(shredded);
  co_return wrong.or_else(Done{});
}

}  // namespace cordon::keys
