// Where people are signed in, and ending it.
#include "identity/session_store.h"
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

// $1 session, $2 tenant, $3 subject, $4 means, $5 idle seconds
#define THEIRS "session_id = $1::uuid AND tenant_id = $2::uuid AND subject_id = $3::uuid AND means = $4 AND "
#define IS_IDLE "renewed_at <= now() - make_interval(secs => $5::integer)"
constexpr db::Statement kIsIdle{"session.is_idle",
                                "SELECT " IS_IDLE " FROM identity.session WHERE " THEIRS "expires_at > now()"};
// $6 agent, $7 address
constexpr db::Statement kGoOn{"session.go_on", R"(
  WITH live AS (UPDATE identity.session SET renewed_at = now(), agent = $6::bytea, address = $7::bytea
                 WHERE )" THEIRS "expires_at > now() AND NOT " IS_IDLE R"( RETURNING session_id)
  SELECT identity.changed_one(count(*)) FROM live)"};
constexpr db::Statement kEndIdle{"session.end_idle", R"(
  WITH ended AS (SELECT identity.end_session(session_id)::text AS done FROM identity.session WHERE )" THEIRS IS_IDLE
                                                     R"()
  SELECT identity.changed_one(count(done)) FROM ended)"};

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

net::Task<Result<SignedIn>> Identity::go_on(Who who, SessionId session, From from, std::vector<db::Query> more) {
  const auto over = fail(Code::unauthenticated, "This session is over; sign in again.");
  const Whose whose{who.tenant, who.subject, session, who.role};
  std::vector<db::Query> ask{db::query(kIsIdle, session, who.tenant, who.subject, from.means, idle_.members)};
  auto found = co_await run(std::move(ask));
  if (!found) co_return std::unexpected(found.error());
  if (found->at(0).empty()) co_return over;
  if (found->at(0).boolean(0, 0)) {
    auto event = whose.event("session.idle");
    event.status = info(Code::unauthenticated).status;
    event.code = info(Code::unauthenticated).name;
    std::vector<db::Query> end{db::query(kEndIdle, session, who.tenant, who.subject, from.means, idle_.members)};
    auto ended = co_await configure(pool_, std::move(event), std::move(end));
    // Where it is not there any more, somebody else has ended it.
    if (!ended && ended.error().code != Code::conflict) co_return std::unexpected(ended.error());
    co_return over;
  }
  auto keys = co_await shop_keys(pool_, who.tenant);
  if (!keys) co_return std::unexpected(keys.error());
  const db::Bytes agent = keys->own.close(kSessionAgent, session, storable(from.agent, 200));
  const db::Bytes address = keys->own.close(kSessionAddress, session, from.address);
  std::vector<db::Query> changes{
      db::query(kGoOn, session, who.tenant, who.subject, from.means, idle_.members, agent, address)};
  std::ranges::move(more, std::back_inserter(changes));
  changes.push_back(mint_seal(session, seal_seconds_));
  auto event = whose.event("session.refresh");
  auto rows = co_await configure(pool_, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  SignedIn made;
  made.pass = read_pass(rows->back());
  made.token = token(*made.pass);
  co_return made;
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
