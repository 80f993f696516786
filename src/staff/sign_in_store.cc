// Signing in: the password, the question for a second factor, its answer.
#include "base/random.h"
#include "base/utf8.h"
#include "staff/password.h"
#include "staff/recovery_code.h"
#include "staff/staff_store.h"
#include "staff/throttle.h"
#include "staff/totp.h"

namespace cordon::staff {

namespace {

constexpr db::Statement kFind{"sign_in.find", "SELECT " CORDON_PERSON ", " CORDON_KNOWN("$2") R"(, NULL::bytea
  FROM identity.staff s WHERE s.email_index = $1::bytea AND s.ended_at IS NULL)"};
constexpr db::Statement kNewHash{"sign_in.new_hash",
                                 "UPDATE identity.staff SET password = $2 WHERE staff_id = $1::uuid AND password = $3"};
// Of somebody who is as they were when they proved something: the lock makes whoever changes their password meanwhile
// either be seen here, or wait and then find the challenge and delete it.
constexpr db::Statement kAddChallenge{"sign_in.add_challenge", R"(
  INSERT INTO identity.staff_secret (digest, purpose, staff_id, session_id, sealed, expires_at)
  SELECT $1::bytea, $2::text, s.staff_id, $4::uuid, $5::bytea, now() + make_interval(secs => $6::integer)
    FROM (SELECT staff_id FROM identity.staff WHERE staff_id = $3::uuid AND version = $7::integer AND ended_at IS NULL FOR SHARE) s
  RETURNING true)"};
// An answer that is wrong five times has been guessed at.
constexpr db::Statement kTake{"sign_in.take",
                              "WITH taken AS (UPDATE identity.staff_secret SET tries = tries + 1 "
                              "WHERE digest = $1::bytea AND purpose = $2 AND expires_at > now() AND tries < 5 "
                              "AND session_id IS NOT DISTINCT FROM $3::uuid RETURNING staff_id, sealed) "
                              "SELECT " CORDON_PERSON ", " CORDON_KNOWN("$4") R"(, t.sealed
  FROM taken t JOIN identity.staff s USING (staff_id) WHERE s.ended_at IS NULL)"};
constexpr db::Statement kUseUp{
    "sign_in.use_up",
    "DELETE FROM identity.staff_secret WHERE digest = $1::bytea AND purpose = $2 AND expires_at > now() RETURNING "
    "true"};
constexpr db::Statement kFactors{"sign_in.factors", R"(
  SELECT EXISTS (SELECT FROM identity.staff_totp WHERE staff_id = $1::uuid),
         EXISTS (SELECT FROM identity.staff_recovery WHERE staff_id = $1::uuid),
         ARRAY(SELECT encode(credential, 'base64') FROM identity.staff_passkey WHERE staff_id = $1::uuid ORDER BY passkey_id))"};
constexpr db::Statement kTotp{"sign_in.totp",
                              "SELECT sealed, last_step FROM identity.staff_totp WHERE staff_id = $1::uuid"};
constexpr db::Statement kUseStep{
    "sign_in.use_step",
    "UPDATE identity.staff_totp SET last_step = $2::bigint WHERE staff_id = $1::uuid AND last_step < $2::bigint "
    "RETURNING true"};
constexpr db::Statement kUseRecovery{
    "sign_in.use_recovery",
    "DELETE FROM identity.staff_recovery WHERE digest = $1::bytea AND staff_id = $2::uuid RETURNING true"};
constexpr db::Statement kPasskey{"sign_in.passkey", R"(
  SELECT algorithm, public_key, sign_count FROM identity.staff_passkey WHERE credential = $1::bytea AND staff_id = $2::uuid)"};
constexpr db::Statement kUsePasskey{"sign_in.use_passkey", R"(
  UPDATE identity.staff_passkey SET sign_count = $3::bigint, used_at = now()
   WHERE credential = $1::bytea AND staff_id = $2::uuid AND (sign_count < $3::bigint OR sign_count = 0 AND $3::bigint = 0) RETURNING true)"};
// Of the session that the same transaction opens.
constexpr db::Statement kAddSession{"sign_in.add_session", R"(
  INSERT INTO identity.staff_session (session_id, staff_id, expires_at)
  SELECT session_id, subject_id, expires_at FROM identity.session WHERE session_id = $1::uuid)"};
constexpr db::Statement kAddDevice{"sign_in.add_device", R"(
  INSERT INTO identity.staff_secret (digest, purpose, staff_id, expires_at)
  SELECT $1::bytea, 'device', staff_id, now() + make_interval(secs => $3::integer)
    FROM identity.staff_session WHERE session_id = $2::uuid)"};

std::string device_digest(const Caller& caller) { return caller.device.empty() ? "" : to_hex(sha256(caller.device)); }

/// PostgreSQL's base64 as WebAuthn writes it.
std::string url_safe(std::string text) {
  std::erase_if(text, [](char c) { return c == '=' || c == '\n'; });
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string bytes_of(const auto& text) { return text ? from_base64url(text->value) : std::string(); }

Error wrong_code() { return {Code::unauthenticated, "This code does not hold, or was used already.", "code"}; }

}  // namespace

net::Task<Result<Done>> Staff::verify(Person person, std::string password) {
  bool right = false;
  std::string renewed;
  auto ran = co_await shared_.hashing.run([&] {
    right = verify_password(password, person.password);
    if (right && is_outdated(person.password)) renewed = hash_password(password);
  });
  if (!ran) co_return std::unexpected(ran.error());
  if (!right) co_return fail(Code::unauthenticated, "The address or the password is wrong.");
  if (renewed.empty()) co_return Done{};
  auto kept = co_await read(db::query(kNewHash, person.id, renewed, person.password));
  if (!kept) co_return std::unexpected(kept.error());
  co_return Done{};
}

/// Nobody, too, is somebody whom no password fits: what follows is the same.
net::Task<Result<Person>> Staff::find(std::string email, const Caller& caller) {
  auto keys = co_await identity::shop_keys(pool_, identity::kPlatform);
  if (!keys) co_return std::unexpected(keys.error());
  db::Query find = db::query(kFind, keys->index.index(kEmail, email), "");
  find.params[1] = identity::digest(caller.device);
  Error nobody{Code::not_found, {}, {}};
  auto found = co_await one(std::move(find), std::move(nobody));
  if (found || found.error().code != Code::not_found) co_return found;
  Person person;
  person.email = std::move(email);
  co_return person;
}

net::Task<Result<Done>> Staff::prove_password(Person person, std::string password, Caller caller) {
  const Keys keys = password_keys(person.email, caller.from.address, person.proved ? device_digest(caller) : "");
  auto vain = co_await try_once(keys);
  if (!vain) co_return std::unexpected(vain.error());
  auto right = co_await verify(person, std::move(password));
  notice(person, keys, "password", *vain, right, caller);
  if (!right) co_return std::unexpected(right.error());
  co_return co_await forgive(keys);
}

net::Task<Result<StaffChallenge>> Staff::sign_in(std::string email, std::string password, Caller caller) {
  auto person = co_await find(lower_case(email), caller);
  if (!person) co_return std::unexpected(person.error());
  auto right = co_await prove_password(*person, std::move(password), std::move(caller));
  if (!right) co_return std::unexpected(right.error());
  co_return co_await ask(person->enrolled ? "sign-in" : "enrol", *person, std::nullopt);
}

net::Task<Result<StaffChallenge>> Staff::ask(std::string purpose, Person person, std::optional<SessionId> session) {
  auto factors = co_await read(db::query(kFactors, person.id));
  if (!factors) co_return std::unexpected(factors.error());
  StaffChallenge made;
  made.challenge = random_secret();
  made.passkey.rp_id = party().id;
  for (const auto& credential : factors->texts(0, 2)) made.passkey.credentials.push_back(url_safe(credential));
  const bool adds = purpose == "enrol" || purpose == "factor";
  if (adds || factors->boolean(0, 0)) made.methods.push_back(Method::totp);
  if (adds || !made.passkey.credentials.empty()) made.methods.push_back(Method::passkey);
  if (!adds && factors->boolean(0, 1)) made.methods.push_back(Method::recovery);
  db::Query add = with_digest(kAddChallenge, made.challenge, purpose, person.id, session, std::optional<std::string>(),
                              kChallengeSeconds, person.version);
  if (adds) {
    auto keys = co_await identity::shop_keys(pool_, identity::kPlatform);
    if (!keys) co_return std::unexpected(keys.error());
    const std::string secret = new_totp_secret();
    add.params[4] = db::param(keys->own.close(kOfferedSecret, person.id, secret));
    made.enrol =
        NewFactor{to_base32(secret), totp_uri(secret, person.email), to_base64url(person.id.value.bytes), person.email};
  }
  auto added = co_await read(std::move(add));
  if (!added) co_return std::unexpected(added.error());
  if (added->empty()) co_return fail(Code::unauthenticated, "Your account was changed meanwhile; sign in again.");
  co_return made;
}

net::Task<Result<Person>> Staff::take_challenge(std::string purpose, const Answer& answer,
                                                std::optional<SessionId> session, const Caller& caller) {
  db::Query take = with_digest(kTake, answer.challenge.value, purpose, session, "");
  take.params[3] = identity::digest(caller.device);
  Error gone{Code::unauthenticated, "This took too long, or too many answers were wrong; begin again.", "challenge"};
  return one(std::move(take), std::move(gone));
}

/// Of several who show the same secret at once, one gets on.
net::Task<Result<Done>> Staff::use_up(std::string purpose, std::string secret) {
  auto used = co_await read(with_digest(kUseUp, secret, purpose));
  if (!used) co_return std::unexpected(used.error());
  if (used->empty()) co_return fail(Code::unauthenticated, "This was used already, or is too old; begin again.");
  co_return Done{};
}

net::Task<Result<Done>> Staff::check_code(const Person& person, const Answer& answer) {
  if (!answer.code) co_return fail(Code::invalid, "`code` is missing.", "code");
  db::Query use;
  if (answer.method == Method::recovery) {
    use = with_digest(kUseRecovery, plain_recovery_code(answer.code->value), person.id);
  } else {
    auto keys = co_await identity::shop_keys(pool_, identity::kPlatform);
    if (!keys) co_return std::unexpected(keys.error());
    auto totp = co_await read(db::query(kTotp, person.id));
    if (!totp) co_return std::unexpected(totp.error());
    if (totp->empty()) co_return std::unexpected(wrong_code());
    const std::string secret = keys->own.open(kTotpSecret, person.id.value, totp->text(0, 0));
    const auto step = match_totp(secret, answer.code->value, now(), totp->integer(0, 1));
    if (!step) co_return std::unexpected(wrong_code());
    use = db::query(kUseStep, person.id, *step);
  }
  auto used = co_await read(std::move(use));
  if (!used) co_return std::unexpected(used.error());
  if (used->empty()) co_return std::unexpected(wrong_code());
  co_return Done{};
}

net::Task<Result<Done>> Staff::check_passkey(const Person& person, const Answer& answer) {
  Error wrong{Code::unauthenticated, "This passkey's answer does not hold; try again.", {}};
  const std::string credential = bytes_of(answer.credential_id);
  db::Query find = db::query(kPasskey, "", person.id);
  find.params[0] = db::bytes(credential);
  auto found = co_await read(std::move(find));
  if (!found) co_return std::unexpected(found.error());
  if (found->empty()) co_return std::unexpected(std::move(wrong));
  const Passkey passkey{credential, static_cast<int>(found->integer(0, 0)), std::string(found->text(0, 1)),
                        found->integer(0, 2)};
  const auto count = verify_assertion(party(), passkey, answer.challenge.value, bytes_of(answer.client_data),
                                      bytes_of(answer.authenticator_data), bytes_of(answer.signature));
  if (!count) co_return std::unexpected(count.error());
  db::Query use = db::query(kUsePasskey, "", person.id, *count);
  use.params[0] = db::bytes(credential);
  auto used = co_await read(std::move(use));
  if (!used) co_return std::unexpected(used.error());
  if (used->empty()) co_return std::unexpected(std::move(wrong));
  co_return Done{};
}

net::Task<Result<Done>> Staff::check_answer(const Person& person, const Answer& answer, const Caller& caller) {
  if (answer.method == Method::passkey) co_return co_await check_passkey(person, answer);
  // Codes can be guessed; signatures cannot.
  const Keys keys = code_keys(to_string(person.id), person.proved ? device_digest(caller) : "");
  auto vain = co_await try_once(keys);
  if (!vain) co_return std::unexpected(vain.error());
  auto right = co_await check_code(person, answer);
  notice(person, keys, "code", *vain, right, caller);
  if (!right) co_return std::unexpected(right.error());
  co_return co_await forgive(keys);
}

net::Task<Result<In>> Staff::open(const Person& person, std::string_view means, const Caller& caller) {
  identity::Who who{identity::kPlatform, person.id, person.role, person.version};
  identity::From from = caller.from;
  from.means = means;
  In in;
  const auto session = SessionId::fresh();
  std::vector<db::Query> more{db::query(kAddSession, session)};
  if (!person.proved) {
    in.device = random_secret();
    more.push_back(with_digest(kAddDevice, in.device, session, kDeviceSeconds));
  }
  auto opened = co_await identity_.open(std::move(who), std::move(from), session, std::move(more));
  if (!opened) co_return std::unexpected(opened.error());
  in.session = std::move(*opened);
  co_return in;
}

net::Task<Result<In>> Staff::prove(Answer answer, Caller caller) {
  auto person = co_await take_challenge("sign-in", answer, std::nullopt, caller);
  if (!person) co_return std::unexpected(person.error());
  auto right = co_await check_answer(*person, answer, caller);
  if (!right) co_return std::unexpected(right.error());
  auto used = co_await use_up("sign-in", answer.challenge.value);
  if (!used) co_return std::unexpected(used.error());
  auto in = co_await open(*person, name_of(answer.method), caller);
  if (in && !person->proved)
    tell(*person, "A new browser signed in to Cordon", "Your account was signed in to from a new browser", caller);
  co_return in;
}

}  // namespace cordon::staff
