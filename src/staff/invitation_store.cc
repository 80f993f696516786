// How somebody becomes one of the staff, and how they change their password or get in again without it.
#include "base/random.h"
#include "staff/password.h"
#include "staff/recovery_code.h"
#include "staff/staff_store.h"
#include "staff/throttle.h"
#include "staff/totp.h"

namespace cordon::staff {

namespace {

// Without a password there is nobody yet, or nobody any more: the address may be invited (again).
constexpr db::Statement kFindInvited{
    "invitation.find_invited",
    "SELECT staff_id, password IS NULL, role FROM identity.staff WHERE email_index = $1::bytea"};
constexpr db::Statement kInvite{"invitation.invite", R"(
  INSERT INTO identity.staff (staff_id, email, email_index, role) VALUES ($1::uuid, $2::bytea, $3::bytea, $4)
  ON CONFLICT (email_index) DO UPDATE SET role = excluded.role, verified_at = NULL, enrolled_at = NULL, ended_at = NULL,
                                          version = staff.version + 1
   WHERE staff.password IS NULL)"};
constexpr db::Statement kForgetTotp{"invitation.forget_totp",
                                    "DELETE FROM identity.staff_totp WHERE staff_id = $1::uuid"};
constexpr db::Statement kForgetPasskeys{"invitation.forget_passkeys",
                                        "DELETE FROM identity.staff_passkey WHERE staff_id = $1::uuid"};
constexpr db::Statement kForgetRecovery{"invitation.forget_recovery",
                                        "DELETE FROM identity.staff_recovery WHERE staff_id = $1::uuid"};
constexpr db::Statement kOfLink{"invitation.of_link", "SELECT " CORDON_PERSON R"(, l.mailed, NULL::bytea
  FROM identity.staff_secret l JOIN identity.staff s USING (staff_id)
 WHERE l.digest = $1::bytea AND l.purpose = $2 AND l.expires_at > now() AND s.ended_at IS NULL)"};
// Whoever was read before the hashing may have changed since, or ended.
constexpr db::Statement kSetPassword{"invitation.set_password",
                                     "SELECT identity.set_password($1::uuid, $2::integer, $3, $4::boolean)"};
// Only where a link has proved the address: whoever reads the mail of a mistyped one would set somebody's password.
constexpr db::Statement kAddReset{"invitation.add_reset", R"(
  INSERT INTO identity.staff_secret (digest, purpose, staff_id, mailed, expires_at)
  SELECT $1::bytea, 'reset', staff_id, true, now() + make_interval(secs => $3::integer)
    FROM identity.staff WHERE email_index = $2::bytea AND ended_at IS NULL AND password IS NOT NULL AND verified_at IS NOT NULL
  RETURNING true)"};
constexpr db::Statement kForgetResets{
    "invitation.forget_resets",
    "DELETE FROM identity.staff_secret WHERE staff_id = $1::uuid AND purpose IN ('reset', 'device', 'sign-in', "
    "'enrol')"};
// All but those of $2, the session that asks; and of a browser's, all but the one of the digest $3.
constexpr db::Statement kForgetOthersSecrets{
    "invitation.forget_others_secrets",
    "DELETE FROM identity.staff_secret WHERE staff_id = $1::uuid AND session_id IS DISTINCT FROM $2::uuid "
    "AND digest <> $3::bytea"};
// First: of two enrolments at once the second fails here, before it adds anything.
constexpr db::Statement kEnrol{"invitation.enrol", "SELECT identity.enrol($1::uuid, $2::integer)"};

/// `proves` if whoever sets it came by a link that was mailed to the address.
db::Query set_password(const Person& person, const std::string& hash, bool proves) {
  return db::query(kSetPassword, person.id, person.version, hash, proves);
}

}  // namespace

net::Task<Result<std::string>> Staff::hash(std::string password) {
  std::string out;
  auto ran = co_await shared_.hashing.run([&] { out = hash_password(password); });
  if (!ran) co_return std::unexpected(ran.error());
  co_return out;
}

net::Task<Result<std::string>> Staff::invite(std::string email, std::string role, std::optional<SubjectId> by) {
  auto address = normal_address(email);
  if (!address) co_return std::unexpected(address.error());
  auto keys = co_await identity::shop_keys(pool_, identity::kPlatform);
  if (!keys) co_return std::unexpected(keys.error());
  const db::Bytes index = keys->index.index(kEmail, *address);
  auto found = co_await read(db::query(kFindInvited, index));
  if (!found) co_return std::unexpected(found.error());
  if (!found->empty() && !found->boolean(0, 1))
    co_return fail(Code::conflict, "This address has an account; end it first to invite anew.", "email");
  const auto staff = found->empty() ? SubjectId::fresh() : found->id<SubjectId>(0, 0);
  const std::string link = random_secret();
  Caller caller;
  caller.request = RequestId::fresh();
  auto event = event_of("staff.invite", by, caller);
  boost::json::value had;
  if (!found->empty()) had = found->text(0, 2);
  event.detail = audit::Detail({{"staff_id", to_string(staff)}}).changed("role", had, role).text();
  const bool mailed = !shared_.mail.url.empty();
  std::vector<db::Query> changes{db::query(kInvite, staff, keys->own.close(kEmail, staff, *address), index, role),
                                 db::query(kForgetTotp, staff),
                                 db::query(kForgetPasskeys, staff),
                                 db::query(kForgetRecovery, staff),
                                 db::query(kForgetSecrets, staff),
                                 with_digest(kAddSecret, link, "invitation", staff, std::optional<SessionId>(), mailed,
                                             std::optional<std::string>(), kInvitationSeconds)};
  auto done = co_await changed(std::move(event), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  const std::string url = shared_.origin() + "/console/staff/accept#" + link;
  if (mailed) {
    Mail mail{*address, "Your invitation to Cordon",
              "You are invited to Cordon's staff. Open this link within three days and choose a password:\n\n" + url +
                  "\n\nIt works once.\n"};
    auto sent = co_await deliver(std::move(mail), identity::kPlatform);
    if (!sent) co_return std::unexpected(sent.error());
  }
  co_return url;
}

net::Task<Result<Person>> Staff::of_link(std::string purpose, std::string link, const std::string& password) {
  Error gone{Code::unauthenticated, "This link was used or is too old; ask for a new one.", {}};
  auto person = co_await one(with_digest(kOfLink, link, purpose), std::move(gone));
  if (!person) co_return person;
  // Before the link is used up: who chooses badly chooses again.
  if (auto good = check_password(password, person->email); !good) co_return std::unexpected(good.error());
  auto hashed = co_await hash(password);
  if (!hashed) co_return std::unexpected(hashed.error());
  auto used = co_await use_up(purpose, link);
  if (!used) co_return std::unexpected(used.error());
  person->password = *hashed;
  co_return person;
}

net::Task<Result<StaffChallenge>> Staff::accept(std::string invitation, std::string password, Caller caller) {
  auto person = co_await of_link("invitation", std::move(invitation), password);
  if (!person) co_return std::unexpected(person.error());
  std::vector<db::Query> changes{set_password(*person, person->password, person->proved)};
  auto done = co_await changed(event_of("staff.accept", person->id, caller), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  ++person->version;
  co_return co_await ask("enrol", *person, std::nullopt);
}

net::Task<Result<In>> Staff::enrol(Answer answer, Caller caller) {
  auto person = co_await take_challenge("enrol", answer, std::nullopt, caller);
  if (!person) co_return std::unexpected(person.error());
  Error enrolled{Code::conflict, "There is a second factor already; sign in with it.", {}};
  if (person->enrolled) co_return std::unexpected(std::move(enrolled));
  auto factor = co_await make_factor(*person, answer);
  if (!factor) co_return std::unexpected(factor.error());
  auto used = co_await use_up("enrol", answer.challenge.value);
  if (!used) co_return std::unexpected(used.error());
  const auto codes = fresh_recovery_codes();
  std::vector<db::Query> changes{db::query(kEnrol, person->id, person->version), std::move(*factor)};
  for (auto& query : keep_recovery_codes(person->id, codes)) changes.push_back(std::move(query));
  auto done = co_await changed(event_of("staff.enrol", person->id, caller), std::move(changes));
  if (!done && done.error().code == Code::conflict) co_return std::unexpected(std::move(enrolled));
  if (!done) co_return std::unexpected(done.error());
  auto in = co_await open(*person, name_of(answer.method), caller);
  if (in) in->recovery_codes = codes;
  co_return in;
}

net::Task<Result<Done>> Staff::forgot(std::string email, Caller caller) {
  if (shared_.mail.url.empty())
    co_return fail(Code::unavailable, "No mail is set up here; ask an administrator for a link.");
  auto address = normal_address(email);
  if (!address) co_return std::unexpected(address.error());
  auto may = co_await may_mail(*address, caller.from.address);
  if (!may) co_return std::unexpected(may.error());
  auto platform = co_await identity::shop_keys(pool_, identity::kPlatform);
  if (!platform) co_return std::unexpected(platform.error());
  const std::string link = random_secret();
  std::vector<db::Query> changes{with_digest(kAddReset, link, platform->index.index(kEmail, *address), kResetSeconds)};
  // One transaction whoever asks for whomever, and the mail goes after the answer: nothing tells whether there is
  // such an account.
  auto rows = co_await identity::configure(pool_, event_of("staff.forgot", std::nullopt, caller), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->at(0).empty()) co_return Done{};
  Mail mail{*address, "A new password for Cordon",
            "Somebody, you we hope, asked for a new password. Open this link within an hour to choose one:\n\n" +
                shared_.origin() + "/console/staff/reset#" + link +
                "\n\nIt works once, and ends every session. If it was not you, do nothing.\n"};
  deliver_later(std::move(mail));
  co_return Done{};
}

net::Task<Result<std::string>> Staff::reset(std::string link, std::string password, Caller caller) {
  auto person = co_await of_link("reset", std::move(link), password);
  if (!person) co_return std::unexpected(person.error());
  const std::string device = random_secret();
  std::vector<db::Query> changes{set_password(*person, person->password, person->proved), revoke_sessions(person->id),
                                 db::query(kForgetSessions, person->id), db::query(kForgetResets, person->id),
                                 // Who reads the address's mail is not held up by what strangers try meanwhile.
                                 with_digest(kAddSecret, device, "device", person->id, std::optional<SessionId>(),
                                             false, std::optional<std::string>(), kDeviceSeconds)};
  auto done = co_await changed(event_of("staff.reset", person->id, caller), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  tell(*person, "Your password for Cordon was changed", "Your password was changed with a reset link", caller);
  co_return device;
}

net::Task<Result<Done>> Staff::change_password(const door::Pass& pass, std::string present, std::string password,
                                               Caller caller) {
  auto self = co_await of_pass(pass);
  if (!self) co_return std::unexpected(self.error());
  auto person = co_await find(self->email, caller);
  if (!person) co_return std::unexpected(person.error());
  if (auto good = check_password(password, person->email); !good) co_return std::unexpected(good.error());
  auto right = co_await prove_password(*person, std::move(present), caller);
  if (!right && right.error().code == Code::unauthenticated)
    co_return fail(Code::invalid, "This is not your present password.", "present");
  if (!right) co_return std::unexpected(right.error());
  auto hashed = co_await hash(std::move(password));
  if (!hashed) co_return std::unexpected(hashed.error());
  db::Query forget = db::query(kForgetOthersSecrets, pass.subject, pass.session, "");
  forget.params[2] = identity::digest(caller.device);
  std::vector<db::Query> changes{set_password(*person, *hashed, false), end_other_sessions(pass), std::move(forget)};
  auto event = event_of("staff.password.change", pass.subject, caller);
  event.session = pass.session;
  auto done = co_await changed(std::move(event), std::move(changes));
  if (done) tell(*person, "Your password for Cordon was changed", "Your password was changed in the console", caller);
  co_return done;
}

}  // namespace cordon::staff
