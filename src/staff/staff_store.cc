// What the other stores of staff share: the statements' way to the database, throttling, mail; and who there is.
#include "staff/staff_store.h"

#include "base/address.h"
#include "base/log.h"
#include "base/utf8.h"
#include "identity/place.h"
#include "staff/throttle.h"

namespace cordon::staff {

const db::Statement kAddSecret{"staff.add_secret", R"(
  INSERT INTO identity.staff_secret (digest, purpose, staff_id, session_id, mailed, sealed, expires_at)
  VALUES ($1::bytea, $2, $3::uuid, $4::uuid, $5::boolean, $6::bytea, now() + make_interval(secs => $7::integer)))"};
const db::Statement kForgetSecrets{"staff.forget_secrets",
                                   "DELETE FROM identity.staff_secret WHERE staff_id = $1::uuid"};
const db::Statement kForgetSessions{"staff.forget_sessions",
                                    "DELETE FROM identity.staff_session WHERE staff_id = $1::uuid"};

namespace {

// With the tries in vain that the counter $4 had before this one, as staff_try() counts them.
constexpr db::Statement kTry{"staff.try", R"(
  SELECT identity.staff_try($1::text[], $2::integer[], $3::integer[], $5::text, $6::integer),
         coalesce((SELECT tries FROM identity.staff_throttle
                    WHERE key = sha256(textsend($4::text)) AND not_before >= clock_timestamp() - interval '1 hour'), 0))"};
constexpr db::Statement kForgive{"staff.forgive", R"(
  UPDATE identity.staff_throttle SET tries = CASE WHEN key = sha256(textsend(($1::text[])[1])) THEN 0 ELSE greatest(tries - 1, 0) END,
         not_before = least(not_before, clock_timestamp())
   WHERE key IN (SELECT sha256(textsend(k)) FROM unnest($1::text[] || $2::text) AS k))"};
constexpr db::Statement kColleagues{"staff.colleagues", R"(
  SELECT staff_id, email, role, created_at, enrolled_at IS NOT NULL, ended_at FROM identity.staff LIMIT 1000)"};
constexpr db::Statement kEnd{"staff.end",
                             "UPDATE identity.staff SET ended_at = now(), password = NULL, version = version + 1 "
                             "WHERE staff_id = $1::uuid AND ended_at IS NULL"};
constexpr db::Statement kRoleOf{"staff.role_of",
                                "SELECT role FROM identity.staff WHERE staff_id = $1::uuid AND ended_at IS NULL"};
// By the list of sessions itself, and not by what stands beside it in staff_session. $1 staff, $2 which one (null:
// every one)
#define SESSIONS_OF_STAFF                                                                    \
  " WHERE s.tenant_id = '00000000-0000-0000-0000-000000000000' AND s.subject_id = $1::uuid " \
  "AND s.session_id = coalesce($2::uuid, s.session_id)"
constexpr db::Statement kHasSession{"staff.has_session",
                                    "SELECT EXISTS (SELECT FROM identity.session s" SESSIONS_OF_STAFF ")"};
constexpr db::Statement kRevokeSessions{
    "staff.revoke_sessions", "SELECT identity.end_session(s.session_id) FROM identity.session s" SESSIONS_OF_STAFF};
constexpr db::Statement kEndOtherSessions{"staff.end_other_sessions",
                                          "SELECT identity.end_other_sessions($1::uuid, $2::uuid)"};
constexpr db::Statement kSweepSecrets{"staff.sweep_secrets",
                                      "DELETE FROM identity.staff_secret WHERE expires_at < now()"};
constexpr db::Statement kSweepSessions{"staff.sweep_sessions",
                                       "DELETE FROM identity.staff_session WHERE expires_at < now()"};
constexpr db::Statement kSweepThrottle{
    "staff.sweep_throttle", "DELETE FROM identity.staff_throttle WHERE not_before < now() - interval '2 hours'"};

}  // namespace

db::Query revoke_sessions(SubjectId staff, std::optional<SessionId> which) {
  return db::query(kRevokeSessions, staff, which);
}

db::Query end_other_sessions(const door::Pass& pass) {
  return db::query(kEndOtherSessions, pass.subject, pass.session);
}

audit::Event event_of(door::AuditAction action, std::optional<SubjectId> subject, const Caller& caller) {
  audit::Event event;
  event.tenant = identity::kPlatform;
  event.subject = subject;
  event.action = action;
  event.method = "STAFF";
  event.status = 200;
  event.request = caller.request;
  event.address = caller.from.address;
  event.agent = caller.from.agent;
  return event;
}

Result<std::string> normal_address(std::string_view email) {
  std::string out = lower_case(email);
  if (!is_email(out)) return fail(Code::invalid, "An address looks like ann@shop.example.", "email");
  return out;
}

net::Task<Result<db::Rows>> Staff::read(db::Query query) {
  std::vector<db::Query> queries;
  queries.push_back(std::move(query));
  auto rows = co_await identity::run(pool_, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->at(0);
}

net::Task<Result<Person>> Staff::one(db::Query query, Error otherwise) {
  // Before the row: of what is read from then on, no key has ended.
  auto keys = co_await identity::shop_keys(pool_, identity::kPlatform);
  if (!keys) co_return std::unexpected(keys.error());
  auto rows = co_await read(std::move(query));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty()) co_return std::unexpected(std::move(otherwise));
  Person person;
  person.id = rows->id<SubjectId>(0, 0);
  person.email = keys->own.open(kEmail, person.id.value, rows->text(0, 1));
  person.role = rows->text(0, 2);
  person.password = rows->text(0, 3);
  person.enrolled = rows->boolean(0, 4);
  person.version = rows->integer(0, 5);
  person.proved = rows->boolean(0, 6);
  if (!rows->null(0, 7)) person.offered = keys->own.open(kOfferedSecret, person.id.value, rows->text(0, 7));
  co_return person;
}

net::Task<Result<Done>> Staff::changed(audit::Event event, std::vector<db::Query> changes) {
  auto rows = co_await identity::configure(pool_, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

RelyingParty Staff::party() const {
  RelyingParty party;
  party.origin = shared_.origin();
  const size_t host = party.origin.find("://") + 3;
  party.id = party.origin.substr(host, party.origin.find(':', host) - host);
  return party;
}

net::Task<Result<int64_t>> Staff::try_once(const Keys& keys) {
  auto tried = co_await read(db::query(kTry, keys.names, keys.free, keys.most, keys.against, keys.firsts, kFreeFirsts));
  if (!tried) co_return std::unexpected(tried.error());
  const int seconds = static_cast<int>(tried->integer(0, 0));
  if (seconds == 0) co_return tried->integer(0, 1);
  Error error{Code::rate_limited, "Too many tries; try again in " + std::to_string(seconds) + " seconds.", {}, seconds};
  co_return std::unexpected(std::move(error));
}

net::Task<Result<Done>> Staff::may_mail(std::string to, std::string address) {
  const Keys keys = mail_keys(to, address);
  auto tried = co_await try_once(keys);
  if (!tried) co_return std::unexpected(tried.error());
  co_return Done{};
}

/// What was right was no try in vain: the first counter starts anew, the others take one back.
net::Task<Result<Done>> Staff::forgive(const Keys& keys) {
  auto rows = co_await read(db::query(kForgive, keys.names, keys.firsts));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<Done>> Staff::deliver(Mail mail, TenantId about) {
  const boost::json::object to{{"to", mail.to}};
  const std::string detail = audit::Detail(to).text();
  auto sent = co_await audit::record_egress("egress.mail", about, server_of(shared_.mail), detail);
  if (!sent) co_return sent;
  auto ran = co_await shared_.mailing.run([&] { sent = send_mail(shared_.mail, mail); });
  if (!ran) sent = ran;
  if (!sent) log::error("a mail was not sent", {{"why", sent.error().detail}});
  co_return sent;
}

void Staff::deliver_later(Mail mail, TenantId about) {
  net::Reactor::current().spawn([](Staff& self, Mail m, TenantId of) -> net::Task<void> {
    (void)co_await self.deliver(std::move(m), of);
  }(*this, std::move(mail), about));
}

/// Tells somebody what was done to their account, where mail is set up: they know best whether it was they.
void Staff::tell(const Person& person, std::string subject, std::string happened, const Caller& caller) {
  if (!mails()) return;
  const std::string& address = caller.from.address;
  const std::string country = identity::country_of(address);
  deliver_later({person.email, std::move(subject),
                 std::move(happened) + ":\n\n" + identity::device_of(caller.from.agent) + ", " + address +
                     (country.empty() ? "" : " (" + country + ")") + "\n" + to_string(now()) +
                     "\n\nIf it was not you, choose a new password at once and tell an administrator:\n\n" +
                     shared_.origin() + "/console/staff/forgot\n"});
}

net::Task<void> Staff::warn(Person person, Keys keys, std::string what, int64_t vain, bool through, Caller caller) {
  const Keys once = notice_keys(keys.against, through);
  auto may = co_await try_once(once);
  // Nobody, or somebody who has not come yet: there is nothing to be guessed.
  if (!may || person.password.empty()) co_return;
  const std::string tries = std::to_string(vain);
  if (through)
    tell(person, "The right " + what + " for Cordon, after tries in vain",
         "The right " + what + " of your account was given after " + tries + " wrong ones, here", caller);
  else
    tell(person, "Tries in vain to sign in to Cordon as you",
         "A wrong " + what + " was given for your account " + tries + " times, the last time here", caller);
}

/// Like everything that an answer must not tell, this begins for nobody as for somebody, and goes on after the answer.
void Staff::notice(const Person& person, const Keys& keys, std::string what, int64_t vain, const Result<Done>& right,
                   const Caller& caller) {
  if (!right && right.error().code != Code::unauthenticated) return;
  if (!right) ++vain;
  if (vain < kSuspicious || !mails()) return;
  net::Reactor::current().spawn(warn(person, keys, std::move(what), vain, right.has_value(), caller));
}

net::Task<Result<std::vector<Colleague>>> Staff::colleagues() {
  auto rows = co_await read(db::query(kColleagues));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await identity::shop_keys(pool_, identity::kPlatform);
  if (!keys) co_return std::unexpected(keys.error());
  std::vector<Colleague> out;
  for (int i = 0; i < rows->size(); ++i)
    out.push_back({rows->id<SubjectId>(i, 0), keys->own.open(kEmail, rows->uuid(i, 0), rows->text(i, 1)),
                   std::string(rows->text(i, 2)), rows->time(i, 3), rows->boolean(i, 4), rows->maybe_time(i, 5)});
  std::sort(out.begin(), out.end(), [](const Colleague& a, const Colleague& b) { return a.email < b.email; });
  co_return out;
}

static std::unexpected<Error> nothing_there() { return fail(Code::not_found, "There is nothing at this address."); }

net::Task<Result<std::string>> Staff::role_of(SubjectId staff) {
  auto role = co_await read(db::query(kRoleOf, staff));
  if (!role) co_return std::unexpected(role.error());
  if (role->empty()) co_return nothing_there();
  co_return std::string(role->text(0, 0));
}

net::Task<Result<Page<identity::Session>>> Staff::sessions_of(const door::Pass& pass, SubjectId staff) {
  auto role = co_await role_of(staff);
  if (!role) co_return std::unexpected(role.error());
  co_return co_await identity_.sessions(pass, staff);
}

net::Task<Result<identity::Ended>> Staff::end_sessions(const door::Pass& pass, SubjectId staff,
                                                       std::optional<SessionId> which, Caller caller) {
  auto role = co_await role_of(staff);
  if (!role) co_return std::unexpected(role.error());
  if (which) {
    auto has = co_await read(db::query(kHasSession, staff, which));
    if (!has) co_return std::unexpected(has.error());
    if (!has->boolean(0, 0)) co_return nothing_there();
  }
  auto may = co_await fresh(pass);
  if (!may) co_return std::unexpected(may.error());
  auto event = event_of("staff.session.end", pass.subject, caller);
  event.detail = R"({"staff_id":")" + to_string(staff) + "\"" +
                 (which ? R"(,"session":")" + to_string(*which) + "\"}" : std::string("}"));
  std::vector<db::Query> changes{revoke_sessions(staff, which)};
  auto rows = co_await identity::configure(pool_, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return identity::Ended{rows->at(0).size()};
}

net::Task<Result<Done>> Staff::end(const door::Pass& pass, SubjectId staff, Caller caller) {
  auto role = co_await role_of(staff);
  if (!role) co_return std::unexpected(role.error());
  auto may = co_await fresh(pass);
  if (!may) co_return std::unexpected(may.error());
  if (staff == pass.subject) co_return fail(Code::conflict, "Nobody ends their own access: ask another administrator.");
  auto event = event_of("staff.end", pass.subject, caller);
  event.detail = audit::Detail({{"staff_id", to_string(staff)}}).changed("role", *role, nullptr).text();
  std::vector<db::Query> changes{db::query(kEnd, staff), revoke_sessions(staff), db::query(kForgetSessions, staff),
                                 db::query(kForgetSecrets, staff)};
  co_return co_await changed(std::move(event), std::move(changes));
}

net::Task<Result<Done>> Staff::sweep() {
  std::vector<db::Query> queries{db::query(kSweepSecrets), db::query(kSweepSessions), db::query(kSweepThrottle)};
  auto rows = co_await identity::run(pool_, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

}  // namespace cordon::staff
