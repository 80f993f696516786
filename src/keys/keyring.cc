#include "keys/keyring.h"

#include <set>

#include "base/log.h"
#include "keys/wrapping.h"

namespace cordon::keys {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAttempts = 3;  // where somebody else was faster

thread_local Keyring* current_keyring = nullptr;

int64_t age(Time since) { return (now().micros - since.micros) / 1'000'000; }

Time after(Time time, std::chrono::seconds span) { return {time.micros + std::chrono::microseconds(span).count()}; }

std::unexpected<Error> out_of_reach() {
  return fail(Code::unavailable, "The keys are out of reach for the moment; try again.");
}

std::unexpected<Error> no_key() {
  return fail(Code::conflict, "This shop's key has been destroyed; nothing can be written here any more.");
}

}  // namespace

struct Keyring::Tenant {
  TenantId id;
  std::map<int64_t, Xaes> versions;
  std::set<int64_t> destroyed;
  int64_t active = 0;  ///< 0: none
  bool ever = false;   ///< whether it has, or had, any
  Time read_at{};

  bool knows(int64_t version) const { return versions.contains(version) || destroyed.contains(version); }
};

struct Keyring::Cached {
  std::pair<Uuid, Uuid> name;
  DataKey key;
  Time until{};
};

/// A tenant's keys that somebody reads, for whoever waits for them.
struct Keyring::Loading {
  net::Signal ended;
  std::optional<Result<TenantPtr>> outcome;

  /// Takes what is true for everybody: keys, or that they are out of reach. That there are none, or that somebody's
  /// seal opens nothing, is true for the one who reads: the seal may be another tenant's.
  void tell(const Result<TenantPtr>& read) {
    if (read ? (*read)->ever : read.error().code == Code::unavailable) outcome = read;
  }
};

/// Says that a tenant's keys are being read, until they are or something is thrown.
struct Keyring::Turn {
  Turn(Keyring& ring, TenantId id) : keyring(ring), tenant(id) { keyring.loading_.emplace(tenant.value, loading); }
  ~Turn() {
    // Not where forget() has let go of it: what stands there now is somebody else's.
    const auto found = keyring.loading_.find(tenant.value);
    if (found != keyring.loading_.end() && found->second == loading) keyring.loading_.erase(found);
    loading->ended.notify();
  }
  Turn(const Turn&) = delete;
  Keyring& keyring;
  TenantId tenant;
  std::shared_ptr<Loading> loading = std::make_shared<Loading>();
};

Keyring::Keyring(std::unique_ptr<Kms> kms, KeyringOptions options, BeforeAsk before_ask)
    : kms_(std::move(kms), std::move(before_ask)), options_(options) {
  kms_.heard = [this](bool answered) { note(answered); };
  on_full_heap([] { return current_keyring != nullptr && current_keyring->give_back(); });
}

Keyring::~Keyring() {
  if (current_keyring == this) current_keyring = before_;
}

Keyring& Keyring::current() {
  if (current_keyring == nullptr) throw std::logic_error("no keyring on this thread");
  return *current_keyring;
}

void Keyring::settle() { before_ = std::exchange(current_keyring, this); }

void Keyring::forget(TenantId tenant) {
  ++forgets_;
  tenants_.erase(tenant.value);
  loading_.erase(tenant.value);
  for (auto cached = used_.begin(); cached != used_.end();) {
    if (cached->name.first != tenant.value) {
      ++cached;
      continue;
    }
    known_.erase(cached->name);
    cached = used_.erase(cached);
  }
}

void Keyring::forget_all() {
  ++forgets_;
  tenants_.clear();
  loading_.clear();
  known_.clear();
  used_.clear();
}

/// Whether the KMS was away a moment ago, and is left alone.
bool Keyring::paused() const { return ask_again_ && Clock::now() < *ask_again_; }

/// How long a tenant's keys serve without being read again. While the KMS is away, one asks whether it is back, and the
/// others go on.
std::chrono::seconds Keyring::lifetime() const {
  return ask_again_ && (paused() || !loading_.empty()) ? options_.stale : options_.fresh;
}

/// Remembers whether the KMS could be asked.
void Keyring::note(bool answered) {
  if (answered) ask_again_.reset();
  else ask_again_ = Clock::now() + options_.pause;
}

/// Whether the KMS says so of one of its versions by name. That a version opens nothing does not tell: it may be
/// disabled for a while, or this is not the KMS that wrapped the key.
net::Task<Result<bool>> Keyring::is_destroyed(std::string kms_version) {
  auto versions = co_await kms_.versions();
  if (!versions) co_return std::unexpected(versions.error());
  for (const KmsVersion& version : *versions)
    if (version.name == kms_version) co_return version.state == VersionState::destroyed;
  co_return false;
}

net::Task<Result<Keyring::TenantPtr>> Keyring::load(const Transact& transact, TenantId id, bool again) {
  std::vector<db::Query> queries{select_tenant_keys(id)};
  auto rows = co_await transact(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  auto made = std::make_shared<Tenant>();
  made->id = id;
  made->read_at = now();
  for (const TenantKeyRow& row : read_tenant_keys(rows->at(0))) {
    made->ever = true;
    if (row.wrapped.bytes.empty()) {
      made->destroyed.insert(row.version);
      continue;
    }
    if (paused()) co_return out_of_reach();
    auto key = co_await unwrap(kms_, id, row);
    if (!key && key.error().code == Code::not_found) {
      auto destroyed = co_await is_destroyed(row.wrapped.version);
      // Perhaps it was wrapped anew between our reading it and the end of what had wrapped it: then the row tells.
      if (destroyed && *destroyed && again) co_return co_await load(transact, id, false);
      if (destroyed && *destroyed) {
        made->destroyed.insert(row.version);
        continue;
      }
      if (!destroyed) key = std::unexpected(destroyed.error());
    }
    if (!key) {
      log::error("a tenant's key cannot be unwrapped",
                 {{"tenant", to_string(id)}, {"kms_version", row.wrapped.version}, {"why", key.error().detail}});
      co_return out_of_reach();
    }
    made->versions.emplace(row.version, Xaes(std::move(*key)));
    if (row.active) made->active = row.version;
  }
  co_return made;
}

/// What is known of a tenant, if it was read less than `lifetime` ago and `version`, where it is given, is among it.
Keyring::TenantPtr Keyring::kept(TenantId id, std::optional<int64_t> version, std::chrono::seconds lifetime) const {
  const auto found = tenants_.find(id.value);
  if (found == tenants_.end() || (version && !found->second->knows(*version))) return nullptr;
  return age(found->second->read_at) < lifetime.count() ? found->second : nullptr;
}

/// A tenant's keys, read once however many wait for them: what comes of it is everybody's. `version` names one that has
/// to be among them: keys that were read before it was made are read again; whoever waited has what there is.
net::Task<Result<Keyring::TenantPtr>> Keyring::tenant(const Transact& transact, TenantId id,
                                                      std::optional<int64_t> version) {
  for (;;) {
    if (auto had = kept(id, version, lifetime())) co_return had;
    std::optional<Result<TenantPtr>> outcome;
    if (const auto other = loading_.find(id.value); other != loading_.end()) {
      const auto loading = other->second;
      co_await loading->ended.wait(std::chrono::seconds(10));
      outcome = loading->outcome;
      if (!outcome) continue;
    } else {
      const Turn mine(*this, id);
      const uint64_t begun = forgets_;
      outcome = co_await load(transact, id, true);
      mine.loading->tell(*outcome);
      if (*outcome && (**outcome)->ever && forgets_ == begun) tenants_[id.value] = **outcome;
    }
    if (*outcome || outcome->error().code != Code::unavailable) co_return *outcome;
    // The KMS is away: who was known goes on for a while.
    if (auto had = kept(id, version, options_.stale)) co_return had;
    co_return *outcome;
  }
}

std::optional<DataKey> Keyring::known(TenantId tenant, const Uuid& subject) {
  const auto found = known_.find({tenant.value, subject});
  if (found == known_.end() || now() >= found->second->until) return std::nullopt;
  used_.splice(used_.begin(), used_, found->second);
  return found->second->key;
}

void Keyring::keep(TenantId tenant, const Uuid& subject, DataKey key, Time until) {
  const std::pair<Uuid, Uuid> name{tenant.value, subject};
  if (const auto had = known_.find(name); had != known_.end()) used_.erase(had->second);
  used_.push_front({name, std::move(key), until});
  known_[name] = used_.begin();
  forget_the_least_used(options_.subjects);
}

void Keyring::forget_the_least_used(size_t left) {
  while (used_.size() > left) {
    known_.erase(used_.back().name);
    used_.pop_back();
  }
}

/// Whoever uses a key has a handle of their own. Tenants' keys go last: with them goes what a KMS that is away leaves.
bool Keyring::give_back() {
  if (used_.empty()) return !std::exchange(tenants_, {}).empty();
  forget_the_least_used(used_.size() / 2);
  return true;
}

/// `begun` is forgets_ as it was before `of` was asked for.
net::Task<Result<Done>> Keyring::read(const Transact& transact, Tenant& of, const std::vector<Uuid>& subjects,
                                      uint64_t begun, DataKeys& out) {
  const Time asked_at = now();
  std::vector<db::Query> queries{select_data_keys(of.id, subjects)};
  auto rows = co_await transact(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  std::map<Uuid, std::shared_ptr<DataKey::Versions>> made;
  for (const DataKeyRow& row : read_data_keys(rows->at(0))) {
    auto& versions = made[row.subject];
    if (!versions) {
      versions = std::make_shared<DataKey::Versions>();
      versions->tenant = of.id;
      versions->subject = row.subject;
    }
    auto& place = versions->by_number[row.version];
    versions->active_from[row.version] = row.active_from;
    if (row.wrapped.empty()) continue;
    Tenant* wrapped_by = &of;
    TenantPtr newer;
    if (!of.knows(row.tenant_version)) {
      auto again = co_await tenant(transact, of.id, row.tenant_version);
      if (!again) co_return std::unexpected(again.error());
      newer = *again;
      wrapped_by = newer.get();
    }
    const auto with = wrapped_by->versions.find(row.tenant_version);
    if (with == wrapped_by->versions.end()) {
      // The tenant's key is destroyed, and so is this one: if it was when this row was read.
      if (of.destroyed.contains(row.tenant_version)) continue;
      co_return fail(Code::unavailable, "The keys are being changed; try again.");
    }
    auto key = with->second.open_secret(data_key_aad(of.id, row.subject, row.version), row.wrapped);
    if (!key) throw Tampered("a data key does not open");
    place.emplace(std::move(*key));
  }
  // Others may make new keys while the KMS is away: that the tenant's own serves longer is no reason not to look.
  const Time until = std::min(after(asked_at, options_.fresh), after(of.read_at, lifetime()));
  for (auto& [subject, versions] : made) {
    DataKey key(versions);
    if (forgets_ == begun) keep(of.id, subject, key, until);
    out.add(subject, std::move(key));
  }
  co_return Done{};
}

net::Task<Result<DataKeys>> Keyring::find(Transact transact, TenantId id, std::vector<Uuid> subjects) {
  const uint64_t begun = forgets_;
  DataKeys out;
  std::erase_if(subjects, [&](const Uuid& subject) {
    auto key = known(id, subject);
    if (key) out.add(subject, std::move(*key));
    return key.has_value();
  });
  if (subjects.empty()) co_return out;
  std::sort(subjects.begin(), subjects.end());
  subjects.erase(std::unique(subjects.begin(), subjects.end()), subjects.end());
  auto of = co_await tenant(transact, id);
  if (!of) co_return std::unexpected(of.error());
  auto done = co_await read(transact, **of, subjects, begun, out);
  if (!done) co_return std::unexpected(done.error());
  co_return out;
}

net::Task<Result<DataKeys>> Keyring::make(Transact transact, TenantId id, std::vector<Uuid> subjects) {
  return make_once(std::move(transact), id, std::move(subjects), true);
}

net::Task<Result<DataKeys>> Keyring::make_once(Transact transact, TenantId id, std::vector<Uuid> subjects, bool again) {
  const uint64_t begun = forgets_;
  const std::vector<Uuid> wanted = subjects;
  auto found = co_await find(transact, id, subjects);
  if (!found) co_return found;
  std::erase_if(subjects, [&](const Uuid& subject) { return found->has(subject); });
  if (subjects.empty()) co_return found;
  auto of = co_await tenant(transact, id);
  if (!of) co_return std::unexpected(of.error());
  if ((*of)->active == 0) co_return no_key();
  std::vector<DataKeyRow> fresh;
  for (const Uuid& subject : subjects) {
    DataKeyRow row{subject, found->next_version(subject), (*of)->active, now(), {}};
    const Secret key = Secret::random(kKeyBytes);
    (*of)->versions.at((*of)->active).seal(row.wrapped, data_key_aad(id, row.subject, row.version), key.view());
    fresh.push_back(std::move(row));
  }
  // Of two who make a subject's key at once, the first one's stays: what counts is what is read afterwards.
  std::vector<db::Query> queries{add_data_keys(id, fresh)};
  auto added = co_await transact(std::move(queries));
  if (!added && added.error().code == Code::conflict && again) {
    // The tenant's key has changed since it was read.
    forget(id);
    co_return co_await make_once(transact, id, wanted, false);
  }
  if (!added) co_return std::unexpected(added.error());
  auto done = co_await read(transact, **of, subjects, begun, *found);
  if (!done) co_return std::unexpected(done.error());
  for (const Uuid& subject : subjects)
    if (!found->has(subject)) co_return fail(Code::unavailable, "The keys are being changed; try again.");
  co_return found;
}

net::Task<Result<DataKeys>> Keyring::make(db::Pool& identities, TenantId id, std::vector<Uuid> subjects) {
  const Transact transact = as_identity(identities);
  for (int attempt = 1;; ++attempt) {
    auto of = co_await tenant(transact, id);
    if (!of) co_return std::unexpected(of.error());
    if ((*of)->ever) break;
    auto first = co_await first_key(id);
    if (!first) co_return std::unexpected(first.error());
    auto added = co_await transact(std::move(*first));
    // Of several that start at once the first one's stays; the others find it. Where the KMS's version that has wrapped
    // it ended meanwhile (Code::unavailable), there is a newer one.
    const bool lost = !added && (added.error().code == Code::conflict || added.error().code == Code::unavailable);
    if (!added && (!lost || attempt == kAttempts)) co_return std::unexpected(added.error());
    forget(id);
  }
  co_return co_await make(transact, id, std::move(subjects));
}

net::Task<Result<std::vector<db::Query>>> Keyring::first_key(TenantId tenant) {
  const Secret key = Secret::random(kKeyBytes);
  const std::string aad = tenant_key_aad(tenant, 1);
  auto wrapped = co_await kms_.wrap(key.view(), aad);
  if (!wrapped) co_return std::unexpected(wrapped.error());
  co_return add_tenant_key(tenant, 1, *wrapped);
}

namespace {

Transact through(door::Scope& scope) {
  return [&scope](std::vector<db::Query> queries) { return scope.keep(std::move(queries)); };
}

}  // namespace

net::Task<Result<DataKeys>> find_keys(door::Scope& scope, std::vector<Uuid> subjects) {
  auto found = co_await Keyring::current().find(through(scope), scope.tenant(), subjects);
  if (!found) co_return found;
  if (std::all_of(subjects.begin(), subjects.end(), [&](const Uuid& one) { return found->knows(one); }))
    co_return found;
  auto held = co_await scope.knock("");
  if (!held) co_return std::unexpected(held.error());
  throw Tampered("a row's subject has no key");
}

net::Task<Result<DataKeys>> make_keys(door::Scope& scope, std::vector<Uuid> subjects) {
  return Keyring::current().make(through(scope), scope.tenant(), std::move(subjects));
}

net::Task<Result<std::optional<DataKey>>> find_key(door::Scope& scope, Uuid subject) {
  std::vector<Uuid> subjects{subject};
  auto keys = co_await Keyring::current().find(through(scope), scope.tenant(), std::move(subjects));
  if (!keys) co_return std::unexpected(keys.error());
  std::optional<DataKey> found;
  if (keys->has(subject)) found = keys->of(subject);
  co_return found;
}

net::Task<Result<DataKey>> make_key(door::Scope& scope, Uuid subject) {
  std::vector<Uuid> subjects{subject};
  auto keys = co_await make_keys(scope, std::move(subjects));
  if (!keys) co_return std::unexpected(keys.error());
  co_return keys->of(subject);
}

}  // namespace cordon::keys
