// A signed-in person's account: fresh proofs of a second factor, and which factors there are.
#include "base/random.h"
#include "staff/recovery_code.h"
#include "staff/staff_store.h"
#include "staff/totp.h"

namespace cordon::staff {

namespace {

constexpr db::Statement kPerson{"factor.person", "SELECT " CORDON_PERSON R"(, s.verified_at IS NOT NULL, NULL::bytea
  FROM identity.staff s WHERE s.staff_id = $1::uuid AND s.ended_at IS NULL)"};
constexpr db::Statement kState{"factor.state", R"(
  SELECT EXISTS (SELECT FROM identity.staff_totp WHERE staff_id = $1::uuid),
         (SELECT count(*) FROM identity.staff_recovery WHERE staff_id = $1::uuid),
         (SELECT mfa_at FROM identity.staff_session WHERE session_id = $2::uuid))"};
constexpr db::Statement kPasskeys{"factor.passkeys", R"(
  SELECT passkey_id, name, created_at, used_at FROM identity.staff_passkey WHERE staff_id = $1::uuid ORDER BY passkey_id)"};
constexpr db::Statement kFresh{"factor.fresh", R"(
  SELECT mfa_at > now() - make_interval(secs => $3::integer) FROM identity.staff_session WHERE session_id = $1::uuid AND staff_id = $2::uuid)"};
constexpr db::Statement kProved{
    "factor.proved",
    "UPDATE identity.staff_session SET mfa_at = now() WHERE session_id = $1::uuid AND staff_id = $2::uuid"};
constexpr db::Statement kAddTotp{"factor.add_totp", R"(
  INSERT INTO identity.staff_totp (staff_id, sealed, last_step) VALUES ($1::uuid, $2::bytea, $3::bigint)
  ON CONFLICT (staff_id) DO UPDATE SET sealed = excluded.sealed, last_step = excluded.last_step)"};
constexpr db::Statement kAddPasskey{"factor.add_passkey", R"(
  INSERT INTO identity.staff_passkey (passkey_id, staff_id, credential, algorithm, public_key, sign_count, name)
  VALUES ($1::uuid, $2::uuid, $3::bytea, $4::integer, $5::bytea, $6::bigint, $7))"};
constexpr db::Statement kIsTheirs{
    "factor.is_theirs",
    "SELECT EXISTS (SELECT FROM identity.staff_passkey WHERE passkey_id = $1::uuid AND staff_id = $2::uuid)"};
constexpr db::Statement kRemovePasskey{"factor.remove_passkey", "SELECT identity.remove_passkey($1::uuid, $2::uuid)"};
constexpr db::Statement kForgetRecovery{"factor.forget_recovery",
                                        "DELETE FROM identity.staff_recovery WHERE staff_id = $1::uuid"};
constexpr db::Statement kAddRecovery{
    "factor.add_recovery", "INSERT INTO identity.staff_recovery (digest, staff_id) VALUES ($1::bytea, $2::uuid)"};

}  // namespace

std::vector<db::Query> keep_recovery_codes(SubjectId staff, const std::vector<std::string>& codes) {
  std::vector<db::Query> queries{db::query(kForgetRecovery, staff)};
  for (const auto& code : codes) queries.push_back(with_digest(kAddRecovery, plain_recovery_code(code), staff));
  return queries;
}

net::Task<Result<db::Query>> Staff::make_factor(Person person, Answer answer) {
  if (answer.method == Method::totp) {
    const auto step = answer.code && !person.offered.empty() ? match_totp(person.offered, answer.code->value, now(), 0)
                                                             : std::nullopt;
    if (!step)
      co_return fail(Code::invalid, "This is not the code that the app should show now; is the clock right?", "code");
    auto keys = co_await identity::shop_keys(pool_, identity::kPlatform);
    if (!keys) co_return std::unexpected(keys.error());
    co_return db::query(kAddTotp, person.id, keys->own.close(kTotpSecret, person.id, person.offered), *step);
  }
  if (answer.method != Method::passkey) co_return fail(Code::invalid, "`method` must be totp or passkey.", "method");
  const auto bytes = [](const auto& text) { return text ? from_base64url(text->value) : std::string(); };
  const auto made =
      read_registration(party(), answer.challenge.value, bytes(answer.client_data), bytes(answer.authenticator_data));
  if (!made) co_return std::unexpected(made.error());
  db::Query add = db::query(kAddPasskey, new_uuid(), person.id, "", made->algorithm, "", made->sign_count,
                            answer.name ? answer.name->value : std::string("Passkey"));
  add.params[2] = db::bytes(made->credential);
  add.params[4] = db::bytes(made->public_key);
  co_return add;
}

/// Of the seal that the request came with: PostgreSQL has said by now that it holds.
net::Task<Result<Person>> Staff::of_pass(const door::Pass& pass) {
  if (pass.tenant != identity::kPlatform) co_return fail(Code::forbidden, "This is for staff; sign in as one of them.");
  Error gone{Code::unauthenticated, "Sign in again.", {}};
  co_return co_await one(db::query(kPerson, pass.subject), std::move(gone));
}

net::Task<Result<StaffAccount>> Staff::account(const door::Pass& pass) {
  auto person = co_await of_pass(pass);
  if (!person) co_return std::unexpected(person.error());
  std::vector<db::Query> queries{db::query(kState, person->id, pass.session), db::query(kPasskeys, person->id)};
  auto rows = co_await identity::run(pool_, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  StaffAccount account;
  account.staff_id = person->id;
  account.email = person->email;
  account.role = pass.role;
  account.permissions = pass.permissions;
  account.verified = person->proved;
  account.totp = rows->at(0).boolean(0, 0);
  account.recovery_codes = rows->at(0).integer(0, 1);
  account.mfa_at = rows->at(0).maybe_time(0, 2);
  const db::Rows& keys = rows->at(1);
  for (int i = 0; i < keys.size(); ++i)
    account.passkeys.push_back({keys.uuid(i, 0), std::string(keys.text(i, 1)), keys.time(i, 2), keys.maybe_time(i, 3)});
  co_return account;
}

net::Task<Result<Done>> Staff::fresh(const door::Pass& pass) {
  auto fresh = co_await read(db::query(kFresh, pass.session, pass.subject, kFreshSeconds));
  if (!fresh) co_return std::unexpected(fresh.error());
  if (fresh->empty() || !fresh->boolean(0, 0))
    co_return fail(Code::step_up_required,
                   "Prove your second factor again (POST /v1/staff/step-up/begin), then repeat this.");
  co_return Done{};
}

net::Task<Result<StaffChallenge>> Staff::begin_step_up(const door::Pass& pass) {
  auto person = co_await of_pass(pass);
  if (!person) co_return std::unexpected(person.error());
  co_return co_await ask("step-up", *person, pass.session);
}

net::Task<Result<identity::SignedIn>> Staff::step_up(const door::Pass& pass, Answer answer, Caller caller) {
  auto person = co_await take_challenge("step-up", answer, pass.session, caller);
  if (!person) co_return std::unexpected(person.error());
  auto right = co_await check_answer(*person, answer, caller);
  if (!right) co_return std::unexpected(right.error());
  auto used = co_await use_up("step-up", answer.challenge.value);
  if (!used) co_return std::unexpected(used.error());
  auto event = event_of("staff.step-up", person->id, caller);
  event.session = pass.session;
  std::vector<db::Query> changes{db::query(kProved, pass.session, person->id)};
  co_return co_await identity_.replace_tokens(pass, std::move(event), std::move(changes));
}

net::Task<Result<StaffChallenge>> Staff::begin_factor(const door::Pass& pass) {
  auto person = co_await of_pass(pass);
  if (!person) co_return std::unexpected(person.error());
  auto may = co_await fresh(pass);
  if (!may) co_return std::unexpected(may.error());
  co_return co_await ask("factor", *person, pass.session);
}

net::Task<Result<Done>> Staff::add_factor(const door::Pass& pass, Answer answer, Caller caller) {
  auto person = co_await take_challenge("factor", answer, pass.session, caller);
  if (!person) co_return std::unexpected(person.error());
  auto factor = co_await make_factor(*person, answer);
  if (!factor) co_return std::unexpected(factor.error());
  auto used = co_await use_up("factor", answer.challenge.value);
  if (!used) co_return std::unexpected(used.error());
  auto event = event_of("staff.factor.add", person->id, caller);
  event.detail = R"({"method":")" + name_of(answer.method) + "\"}";
  std::vector<db::Query> changes{end_other_sessions(pass), std::move(*factor)};
  auto done = co_await changed(std::move(event), std::move(changes));
  if (done)
    tell(*person, "A second factor was added for Cordon",
         answer.method == Method::totp ? "Your account has a new authenticator app" : "Your account has a new passkey",
         caller);
  co_return done;
}

net::Task<Result<Done>> Staff::remove_passkey(const door::Pass& pass, Uuid passkey, Caller caller) {
  auto person = co_await of_pass(pass);
  if (!person) co_return std::unexpected(person.error());
  auto theirs = co_await read(db::query(kIsTheirs, passkey, pass.subject));
  if (!theirs) co_return std::unexpected(theirs.error());
  if (!theirs->boolean(0, 0)) co_return fail(Code::not_found, "There is nothing at this address.");
  auto may = co_await fresh(pass);
  if (!may) co_return std::unexpected(may.error());
  std::vector<db::Query> changes{db::query(kRemovePasskey, passkey, pass.subject), end_other_sessions(pass)};
  auto removed = co_await changed(event_of("staff.factor.remove", pass.subject, caller), std::move(changes));
  if (!removed && removed.error().code == Code::conflict)
    co_return fail(Code::conflict, "This is the last second factor; add another first.");
  if (removed) tell(*person, "A passkey was removed from Cordon", "A passkey was removed from your account", caller);
  co_return removed;
}

net::Task<Result<std::vector<std::string>>> Staff::new_recovery_codes(const door::Pass& pass, Caller caller) {
  auto person = co_await of_pass(pass);
  if (!person) co_return std::unexpected(person.error());
  auto may = co_await fresh(pass);
  if (!may) co_return std::unexpected(may.error());
  const auto codes = fresh_recovery_codes();
  auto changes = keep_recovery_codes(person->id, codes);
  changes.insert(changes.begin(), end_other_sessions(pass));
  auto done = co_await changed(event_of("staff.recovery-codes", person->id, caller), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  tell(*person, "New recovery codes for Cordon", "Your account's recovery codes were replaced", caller);
  co_return codes;
}

}  // namespace cordon::staff
