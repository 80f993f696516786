#include "audit/closing.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "base/log.h"
#include "base/random.h"
#include "base/utf8.h"
#include "keys/keyring.h"

namespace cordon::audit {

namespace {

using Clock = std::chrono::steady_clock;

// What a caller chose freely is cut and cleaned: one bad byte would lose the event, and with it every other of its
// group.
constexpr size_t kAgentBytes = 200;
constexpr std::string_view kMark = "closed:";
constexpr std::chrono::seconds kPause{5};

/// Keys and kill switches outlive what they end, and so does what is said of them. A new tenant has no key yet; what
/// became of the log itself is nobody's secret.
bool keeps_detail(const Event& event) {
  const auto kind = event.action.kind;
  const std::string_view name = event.action.name;
  return kind == door::EventKind::key || kind == door::EventKind::stop || name == "tenant.add" || name == "log.begin" ||
         name == "audit.let-go";
}

std::string closed(const keys::DataKey& key, const keys::Field& field, EventId id, std::string_view plain) {
  if (plain.empty()) return {};
  return std::string(kMark) + to_base64(key.close(field, id, plain).value);
}

/// "customer.find:1a2b3c4d5e6f7081:3 ...": each statement's name, the digest of its (last) parameters, and rows, none
/// where they are not known. Digests are under the tenant's key: whoever reads the log cannot try out what somebody may
/// have searched for.
std::string told(const std::vector<door::Ran>& ran, const keys::DataKey* key) {
  std::vector<door::Ran> merged;
  for (const door::Ran& one : ran) {
    const auto same = [&](const door::Ran& other) { return other.statement == one.statement; };
    const auto had = std::ranges::find_if(merged, same);
    if (had == merged.end()) {
      merged.push_back(one);
      continue;
    }
    had->params = one.params;
    had->rows = had->rows && one.rows ? std::optional(*had->rows + *one.rows) : std::nullopt;
  }
  std::string out;
  for (const door::Ran& one : merged) {
    if (!out.empty()) out += ' ';
    out.append(one.statement->name).append(1, ':');
    const std::string_view params(reinterpret_cast<const char*>(one.params.data()), one.params.size());
    if (key) out += to_hex(std::span(reinterpret_cast<const uint8_t*>(key->index(kQueries, params).value.data()), 8));
    out.append(1, ':').append(one.rows ? std::to_string(*one.rows) : "");
  }
  return out;
}

/// Tenants whose key was out of reach a moment ago: not every event waits for a KMS that is away.
thread_local std::map<TenantId, Clock::time_point> out_of_reach;

/// Tenants whose key is being asked for: once, however many events wait for it.
thread_local std::map<TenantId, std::shared_ptr<net::Signal>> asking;

struct Asking {
  explicit Asking(TenantId of) : tenant(of) { asking.emplace(tenant, std::make_shared<net::Signal>()); }
  ~Asking() { asking.extract(tenant).mapped()->notify(); }
  Asking(const Asking&) = delete;
  TenantId tenant;
};

net::Task<std::optional<keys::DataKey>> closing_key(const keys::Transact& transact, TenantId tenant) {
  auto known = keys::Keyring::current().known(tenant, keys::kEvents);
  if (known && known->closes()) co_return known;
  for (auto found = asking.find(tenant); found != asking.end(); found = asking.find(tenant)) {
    const auto answered = found->second;
    co_await answered->wait(std::chrono::seconds(10));
  }
  const Asking mine(tenant);
  const auto missed = out_of_reach.find(tenant);
  if (missed != out_of_reach.end() && Clock::now() - missed->second < kPause) co_return std::nullopt;
  std::vector<Uuid> subjects{keys::kEvents};
  auto found = co_await keys::Keyring::current().make(transact, tenant, std::move(subjects));
  if (found) {
    out_of_reach.erase(tenant);
    co_return found->of(keys::kEvents);
  }
  if (found.error().code != Code::unavailable) co_return std::nullopt;
  log::warn("audit events are recorded without what is personal in them",
            {{"tenant", to_string(tenant)}, {"why", found.error().detail}});
  if (out_of_reach.size() > 10'000) out_of_reach.clear();
  out_of_reach[tenant] = Clock::now();
  co_return std::nullopt;
}

}  // namespace

ClosedEvent ClosedEvent::of(Event event) {
  if (!event.address.empty() || !event.agent.empty() || !event.queries.empty() ||
      (!event.detail.empty() && !keeps_detail(event)))
    throw std::logic_error("an event with something personal has to be closed");
  ClosedEvent out;
  out.event_ = std::move(event);
  return out;
}

net::Task<ClosedEvent> ClosedEvent::make(keys::Transact transact, Event event) {
  const bool closes_detail = !event.detail.empty() && !keeps_detail(event);
  ClosedEvent out;
  out.event_ = std::move(event);
  Event& e = out.event_;
  if (e.address.empty() && e.agent.empty() && e.queries.empty() && !closes_detail) co_return out;
  const auto key = co_await closing_key(transact, e.tenant.value_or(TenantId{}));
  out.queries_ = told(e.queries, key ? &*key : nullptr);
  if (!key) {
    e.address.clear();
    e.agent.clear();
    if (closes_detail) e.detail.clear();
    co_return out;
  }
  if (!e.address.empty()) out.address_index_ = key->index(kAddress, e.address);
  e.address = closed(*key, kAddress, e.id, e.address);
  e.agent = closed(*key, kAgent, e.id, storable(e.agent, kAgentBytes));
  if (closes_detail) e.detail = closed(*key, kDetail, e.id, e.detail);
  co_return out;
}

net::Task<Result<ClosedEvent>> close(keys::Transact transact, Event event) {
  const TenantId tenant = event.tenant.value_or(TenantId{});
  try {
    co_return co_await ClosedEvent::make(std::move(transact), std::move(event));
  } catch (const std::exception& e) {
    log::error("an audit event cannot be closed", {{"tenant", to_string(tenant)}, {"why", e.what()}});
    co_return fail(Code::unavailable, "The audit log cannot be written right now; try again.");
  }
}

net::Task<Result<std::optional<keys::DataKey>>> Opener::key(std::optional<TenantId> tenant) {
  std::vector<Uuid> subjects{keys::kEvents};
  auto found = co_await keys::Keyring::current().find(transact_, tenant.value_or(TenantId{}), std::move(subjects));
  if (!found) co_return std::unexpected(found.error());
  std::optional<keys::DataKey> key;
  if (found->knows(keys::kEvents)) key = found->of(keys::kEvents);
  co_return key;
}

bool is_closed(std::string_view stored) { return stored.starts_with(kMark); }

std::string Opener::open(const std::optional<keys::DataKey>& key, const keys::Field& field, EventId id,
                         const std::string& stored) {
  if (!is_closed(stored)) return stored;
  const auto bytes = from_base64(std::string_view(stored).substr(kMark.size()));
  if (!bytes || !key) return std::string(kUnreadable);
  try {
    return key->open(field, id.value, *bytes);
  } catch (const keys::Tampered& e) {
    log::error("an audit event does not open", {{"event", to_string(id)}, {"why", e.what()}});
    return std::string(kUnreadable);
  }
}

}  // namespace cordon::audit
