// Where people are signed in, and ending it.
#include "identity/identity.h"
#include "identity/member_store.h"
#include "identity/place.h"

namespace cordon::identity {

namespace {

#define SESSION                                                                                        \
  "SELECT s.session_id, s.subject_id, m.name, s.means, s.agent, s.address, s.opened_at, s.renewed_at " \
  "FROM identity.session s LEFT JOIN identity.member m USING (tenant_id, subject_id) "                 \
  "WHERE s.tenant_id = $1::uuid AND s.expires_at > now() "
constexpr db::Statement kOf{"session.of", SESSION "AND s.subject_id = $2::uuid ORDER BY s.renewed_at DESC LIMIT 200"};
constexpr db::Statement kAll{"session.all", SESSION "ORDER BY s.renewed_at DESC LIMIT 200"};

// $1 session, $2 seconds
constexpr db::Statement kFresh{"session.fresh", R"(
  SELECT opened_at > now() - make_interval(secs => $2::integer) FROM identity.session
   WHERE session_id = $1::uuid AND means = 'shopify')"};

// $1 session, $2 agent, $3 address
constexpr db::Statement kSeen{
    "session.seen", "UPDATE identity.session SET agent = $2::bytea, address = $3::bytea WHERE session_id = $1::uuid"};

// $1 session, $2 tenant, $3 subject, $4 means, $5 idle seconds
#define THEIRS "session_id = $1::uuid AND tenant_id = $2::uuid AND subject_id = $3::uuid AND means = $4 AND "
constexpr db::Statement kGoOn{"session.go_on", "UPDATE identity.session SET renewed_at = now() WHERE " THEIRS R"(
  expires_at > now() AND renewed_at > now() - make_interval(secs => $5::integer) RETURNING session_id)"};
constexpr db::Statement kEndIdle{"session.end_idle",
                                 "SELECT identity.end_session(session_id) FROM identity.session WHERE " THEIRS
                                 "renewed_at <= now() - make_interval(secs => $5::integer)"};

// $1 tenant, $2 whose (null: anybody's of the tenant), $3 which
#define THOSE "FROM identity.session s WHERE s.tenant_id = $1::uuid AND s.subject_id = coalesce($2::uuid, s.subject_id)"
constexpr db::Statement kEnd{"session.end", "SELECT identity.end_session(s.session_id) " THOSE};
constexpr db::Statement kEndOne{"session.end_one",
                                "WITH ended AS (SELECT identity.end_session(s.session_id)::text AS done " THOSE
                                " AND s.session_id = $3::uuid) SELECT identity.changed_one(count(done)) FROM ended"};

}  // namespace

std::string device_of(std::string_view agent) {
  struct Known {
    std::string_view mark, name;
  };
  // In this order: an agent names its ancestors too (Edge says Chrome, Chrome says Safari).
  static constexpr std::array<Known, 5> kBrowsers{
      {{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}};
  static constexpr std::array<Known, 6> kSystems{{{"iPhone", "iPhone"},
                                                  {"iPad", "iPad"},
                                                  {"Android", "Android"},
                                                  {"Windows", "Windows"},
                                                  {"Mac OS X", "macOS"},
                                                  {"Linux", "Linux"}}};
  const auto find = [agent](const auto& known) -> std::string_view {
    for (const Known& one : known)
      if (agent.find(one.mark) != std::string_view::npos) return one.name;
    return {};
  };
  const std::string_view browser = find(kBrowsers), system = find(kSystems);
  if (browser.empty()) return agent.empty() ? "unknown" : std::string(agent.substr(0, agent.find_first_of(" /")));
  return std::string(browser) + (system.empty() ? "" : " on " + std::string(system));
}

net::Task<Result<Page<Session>>> Identity::sessions(const door::Pass& asks, std::optional<SubjectId> whose) {
  const TenantId tenant = asks.tenant;
  const SessionId current = asks.session;
  std::vector<db::Query> queries;
  queries.push_back(whose ? db::query(kOf, tenant, *whose) : db::query(kAll, tenant));
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await shop_keys(pool_, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  Page<Session> page;
  const db::Rows& r = rows->at(0);
  for (int i = 0; i < r.size(); ++i) {
    Session one;
    one.session_id = r.id<SessionId>(i, 0);
    one.subject_id = r.id<SubjectId>(i, 1);
    if (!r.null(i, 2)) one.name = keys->own.open(kMemberName, one.subject_id.value, r.text(i, 2));
    one.means = r.text(i, 3);
    one.device = device_of(keys->own.open(kSessionAgent, one.session_id.value, r.text(i, 4)));
    one.address = keys->own.open(kSessionAddress, one.session_id.value, r.text(i, 5));
    one.country = country_of(one.address);
    one.opened_at = r.time(i, 6);
    one.renewed_at = r.time(i, 7);
    one.current = one.session_id == current;
    page.items.push_back(std::move(one));
  }
  co_return page;
}

net::Task<Result<Done>> Identity::fresh(const door::Pass& pass) {
  std::vector<db::Query> queries{db::query(kFresh, pass.session, kFreshSignIn)};
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  const db::Rows& r = rows->at(0);
  if (!r.empty() && !r.boolean(0, 0))
    co_return fail(Code::step_up_required,
                   "You signed in a while ago: open the app in Shopify again, then repeat this.");
  co_return Done{};
}

net::Task<Result<SignedIn>> Identity::go_on(Who who, SessionId session, From from) {
  std::vector<db::Query> queries{db::query(kGoOn, session, who.tenant, who.subject, from.means, idle_.members),
                                 db::query(kEndIdle, session, who.tenant, who.subject, from.means, idle_.members)};
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->at(0).empty()) co_return fail(Code::unauthenticated, "This session is over; sign in again.");
  SignedIn made;
  auto pass = co_await mint(session);
  if (!pass) co_return std::unexpected(pass.error());
  auto noted = co_await seen(**pass, std::move(from));
  if (!noted) co_return std::unexpected(noted.error());
  made.pass = std::move(*pass);
  made.token = token(*made.pass);
  co_return made;
}

net::Task<Result<Done>> Identity::seen(const door::Pass& pass, From from) {
  const SessionId session = pass.session;
  auto keys = co_await shop_keys(pool_, pass.tenant);
  if (!keys) co_return std::unexpected(keys.error());
  const db::Bytes agent = keys->own.close(kSessionAgent, session, storable(from.agent, 200));
  const db::Bytes address = keys->own.close(kSessionAddress, session, from.address);
  co_return co_await call(db::query(kSeen, session, agent, address));
}

net::Task<Result<int64_t>> Identity::end_sessions(const door::Pass& by, std::optional<SubjectId> whose,
                                                  std::optional<SessionId> which, audit::Event event) {
  std::vector<db::Query> changes{which ? db::query(kEndOne, by.tenant, whose, *which)
                                       : db::query(kEnd, by.tenant, whose)};
  if (which) event.detail = R"({"session":")" + to_string(*which) + "\"}";
  else if (whose) event.detail = R"({"subject":")" + to_string(*whose) + "\"}";
  auto rows = co_await configure(pool_, std::move(event), std::move(changes));
  if (!rows && rows.error().code == Code::conflict)
    co_return fail(Code::not_found, "There is no such session.", "session_id");
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->at(0).size();
}

}  // namespace cordon::identity
