// Shoppers' visits, and the tickets that open sockets.
#include "base/random.h"
#include "identity/session_store.h"

namespace cordon::identity {

namespace {

constexpr db::Statement kTicket{"visit.ticket", "SELECT " CORDON_WHOSE R"(
  FROM identity.one_use o, door.session_of(o.session_id) s
 WHERE o.digest = $1::bytea AND o.purpose = $2 AND o.expires_at > now())"};

std::unexpected<Error> used_up() {
  return fail(Code::unauthenticated, "This ticket was used or is too old; get a new one.", "ticket");
}

}  // namespace

net::Task<Result<Visit>> Identity::visit(std::string shop, std::string origin, std::string own_origin,
                                         std::optional<std::string> secret) {
  return visit(std::move(shop), std::move(origin), std::move(own_origin), std::move(secret), {});
}

net::Task<Result<Visit>> Identity::visit(std::string shop, std::string origin, std::string own_origin,
                                         std::optional<std::string> secret, std::vector<db::Query> more) {
  std::vector<db::Query> find{identity::find_shop(shop)};
  if (secret) find.push_back(find_token(*secret, "visitor", {}));
  auto found = co_await run(std::move(find));
  if (!found) co_return std::unexpected(found.error());
  if (found->at(0).empty()) co_return fail(Code::not_found, "There is no such shop.", "shop");
  const auto origins = found->at(0).texts(0, 1);
  if (origin != own_origin && std::find(origins.begin(), origins.end(), origin) == origins.end())
    co_return fail(Code::forbidden,
                   "This page may not embed this shop's chat; the shop has to register the page's origin.", "Origin");
  const auto tenant = found->at(0).id<TenantId>(0, 0);
  std::optional<Held> held;
  if (secret) held = read_token(found->at(1));
  // Another shop's, or an old one.
  if (held && (held->whose.tenant != tenant || held->state == "over")) held.reset();
  if (held && held->ends_its_session()) {
    const From nowhere;
    const Error why = co_await end_family(*secret, *held, nowhere);
    if (why.code != Code::unauthenticated && why.code != Code::revoked) co_return std::unexpected(why);
    held.reset();
  }
  if (held) {
    auto again = co_await enter(held->whose, secret, more);
    const Code code = again ? Code::internal : again.error().code;
    const bool over = code == Code::unauthenticated || code == Code::revoked || code == Code::conflict;
    if (!over) co_return again;
  }
  // A visitor whose session has ended starts anew, as somebody else.
  const Whose stranger{tenant, SubjectId::fresh(), SessionId::fresh(), "visitor"};
  const std::optional<std::string> nothing;
  co_return co_await enter(stranger, nothing, std::move(more));
}

net::Task<Result<Visit>> Identity::enter(Whose who, std::optional<std::string> secret, std::vector<db::Query> more) {
  Visit made;
  made.ticket = random_secret();
  std::vector<db::Query> changes;
  if (secret) {
    changes.push_back(use_token(*secret, "visitor"));
  } else {
    made.visitor_secret = random_secret();
    changes.push_back(open_session(who, kVisitorSeconds));
    changes.push_back(add_refresh(made.visitor_secret, "visitor", who, {}, kVisitorSeconds, std::nullopt));
  }
  changes.push_back(add_one_use(made.ticket, "widget", who.tenant, who.subject, who.session, 60));
  std::ranges::move(more, std::back_inserter(changes));
  changes.push_back(mint_seal(who.session, seal_seconds_));
  auto event = who.event("visit.open");
  auto rows = co_await configure(pool_, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  if (secret) made.visitor_secret = successor_of(*secret, rows->at(0));
  made.pass = read_pass(rows->back());
  made.token = token(*made.pass);
  co_return made;
}

net::Task<Result<std::optional<SubjectId>>> Identity::visitor_of(TenantId tenant, std::string secret) {
  std::vector<db::Query> find{find_token(secret, "visitor", {})};
  auto found = co_await run(std::move(find));
  if (!found) co_return std::unexpected(found.error());
  const auto held = read_token(found->at(0));
  std::optional<SubjectId> visitor;
  if (held && held->whose.tenant == tenant) visitor = held->whose.subject;
  co_return visitor;
}

net::Task<Result<Ticket>> Identity::ticket(const door::Pass& pass, std::string purpose) {
  Ticket made;
  made.ticket = random_secret();
  audit::Event event = audit::event_of("inbox.ticket", "SERVICE");
  event.by(pass);
  std::vector<db::Query> changes{add_one_use(made.ticket, purpose, pass.tenant, pass.subject, pass.session, 60)};
  auto done = co_await configure(pool_, std::move(event), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  co_return made;
}

net::Task<Result<std::shared_ptr<const door::Pass>>> Identity::redeem(std::string ticket, std::string purpose) {
  std::vector<db::Query> find{db::query(kTicket, digest(ticket), purpose)};
  auto found = co_await run(std::move(find));
  if (!found) co_return std::unexpected(found.error());
  if (found->at(0).empty()) co_return used_up();
  const Whose whose = read_whose(found->at(0));
  auto event = whose.event("service.token");
  std::vector<db::Query> changes{use_once(ticket, purpose), mint_seal(whose.session, seal_seconds_)};
  auto minted = co_await configure(pool_, std::move(event), std::move(changes));
  if (!minted && minted.error().code == Code::conflict) co_return used_up();
  if (!minted) co_return std::unexpected(minted.error());
  co_return read_pass(minted->back());
}

}  // namespace cordon::identity
