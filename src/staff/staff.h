// Staff: the people who run the platform, from invitation to the last sign-out. E-mail, password and a second factor;
// their sessions stand towards kPlatform.
#pragma once
#include "identity/identity.h"
#include "identity/shop_keys.h"
#include "net/workers.h"
#include "staff/mail.h"
#include "staff/webauthn.h"

namespace cordon::staff {

BOOST_DEFINE_ENUM_CLASS(Method, totp, passkey, recovery)

/// What every reactor's Staff shares.
struct Shared {
  net::Workers hashing{2, 32};  ///< 19 MiB each
  net::Workers mailing{1, 256};
  MailSettings mail;
  std::function<std::string()> origin;  ///< of the console: "https://console.example"
};

/// Who asks, for throttling and the audit log.
struct Caller {
  identity::From from;
  RequestId request;
  std::string device;  ///< the cookie of a browser that has signed in before, or empty
};

/// What a browser needs to ask an authenticator (WebAuthn); the challenge itself is the one beside it.
struct PasskeyQuestion {
  std::string rp_id;
  std::vector<std::string> credentials;  ///< base64url: those that may answer, or that are there already
};
CORDON_TYPE(PasskeyQuestion, rp_id, credentials)

/// What a new second factor is made from.
struct NewFactor {
  std::string totp_secret;  ///< base32
  std::string totp_uri;     ///< for the QR code
  std::string user_id;      ///< WebAuthn's user handle
  std::string email;
};
CORDON_TYPE(NewFactor, totp_secret, totp_uri, user_id, email)

/// A question that a second factor answers. With `enrol` there is none yet, and the answer makes the first.
struct StaffChallenge {
  std::string challenge;
  std::vector<Method> methods;
  PasskeyQuestion passkey;
  std::optional<NewFactor> enrol;
};
CORDON_TYPE(StaffChallenge, challenge, methods, passkey, enrol)

/// The answer to a challenge: a code, or what the browser got from an authenticator (base64url). `name` is a new
/// passkey's.
struct Answer {
  Text<40, 60> challenge;
  Method method = Method::totp;
  std::optional<Text<6, 40>> code;
  std::optional<Text<1, 1400>> credential_id;
  std::optional<Text<1, 4000>> client_data;
  std::optional<Text<1, 8000>> authenticator_data;
  std::optional<Text<1, 2000>> signature;
  std::optional<Text<1, 60>> name;
};
BOOST_DESCRIBE_STRUCT(Answer, (),
                      (challenge, method, code, credential_id, client_data, authenticator_data, signature, name))

/// Somebody who is through: a session, and the secret that makes this browser a known one.
struct In {
  identity::SignedIn session;
  std::string device;
  std::vector<std::string> recovery_codes;  ///< after enrolment: shown once
};

struct StaffPasskey {
  Uuid passkey_id;
  std::string name;
  Time created_at;
  std::optional<Time> used_at;
};
CORDON_TYPE(StaffPasskey, passkey_id, name, created_at, used_at)

struct StaffAccount {
  SubjectId staff_id;
  std::string email, role;
  std::vector<std::string> permissions;
  bool verified = false, totp = false;
  int64_t recovery_codes = 0;
  std::vector<StaffPasskey> passkeys;
  std::optional<Time> mfa_at;  ///< when this session last proved a second factor
};
CORDON_TYPE(StaffAccount, staff_id, email, role, permissions, verified, totp, recovery_codes, passkeys, mfa_at)

/// One of the staff, as administrators see them.
struct Colleague {
  SubjectId staff_id;
  std::string email, role;
  Time created_at;
  bool enrolled = false;
  std::optional<Time> ended_at;
};
CORDON_TYPE(Colleague, staff_id, email, role, created_at, enrolled, ended_at)

/// Closed with the platform's own key, for the row of whom it is. The address has a blind index beside it, by which it
/// is looked up and of which there is one.
inline constexpr keys::Field kEmail{"identity.staff", "email"};
inline constexpr keys::Field kTotpSecret{"identity.staff_totp", "sealed"};
inline constexpr keys::Field kOfferedSecret{"identity.staff_secret", "sealed"};

inline constexpr int kInvitationSeconds = 3 * 86400;
inline constexpr int kResetSeconds = 3600;
inline constexpr int kChallengeSeconds = 600;
inline constexpr int kDeviceSeconds = 180 * 86400;
inline constexpr int kFreshSeconds = 300;  ///< how long a proved second factor lets dangerous things be done
inline constexpr int kSuspicious = 5;  ///< tries in vain against an account, of which its owner is told (ASVS 6.3.5)

/// One of the staff as a statement finds them, and what the secret that led to them says.
struct Person {
  SubjectId id{};
  std::string email, role, password;  ///< the password's hash, empty if there is none yet
  int64_t version = 0;                ///< of what they sign in with: if it has gone up meanwhile, nothing opens
  bool enrolled = false;
  bool proved = false;  ///< found by a device: it is theirs; found by a link: it was mailed
  std::string offered;  ///< of a challenge: the secret of the authenticator app that it asks for
};

/// One reactor's. Whether an address has an account shows in no answer and in no answer's time; a refused try waits
/// longer each time (identity.staff_try), and a browser that has signed in before is not held up by strangers'.
class Staff {
 public:
  Staff(identity::Identity& identity, Shared& shared) : pool_(identity.pool()), identity_(identity), shared_(shared) {}

  /// The first step. Code::unauthenticated, or Code::rate_limited with the seconds to wait.
  net::Task<Result<StaffChallenge>> sign_in(std::string email, std::string password, Caller caller);
  /// The second step: opens a session.
  net::Task<Result<In>> prove(Answer answer, Caller caller);
  /// The second step of somebody who has no second factor yet: makes it, and opens a session.
  net::Task<Result<In>> enrol(Answer answer, Caller caller);

  /// A one-use link for a new colleague, or for one whose access was ended; mailed where mail is set up, and then
  /// nobody else's to see (mails()): using it proves the address. Code::conflict if the address has an account.
  net::Task<Result<std::string>> invite(std::string email, std::string role, std::optional<SubjectId> by);
  /// Uses an invitation up: sets the password, and asks for the first second factor.
  net::Task<Result<StaffChallenge>> accept(std::string invitation, std::string password, Caller caller);
  /// Mails a reset link if the address is one of staff and was proved by a link that was mailed there, and says the
  /// same if not. Code::unavailable without mail.
  net::Task<Result<Done>> forgot(std::string email, Caller caller);
  /// Uses a reset link up: sets the password and ends every session. The secret makes the browser a known one.
  net::Task<Result<std::string>> reset(std::string link, std::string password, Caller caller);

  /// A new password by whoever knows the present one; every other session ends. Code::invalid with the field;
  /// Code::rate_limited as at a sign-in.
  net::Task<Result<Done>> change_password(const door::Pass& pass, std::string present, std::string password,
                                          Caller caller);

  net::Task<Result<StaffAccount>> account(const door::Pass& pass);
  /// Asks for a second factor again, and takes the answer. Afterwards fresh() holds for kFreshSeconds, and the session
  /// has new tokens in place of those that it had.
  net::Task<Result<StaffChallenge>> begin_step_up(const door::Pass& pass);
  net::Task<Result<identity::SignedIn>> step_up(const door::Pass& pass, Answer answer, Caller caller);
  /// Code::step_up_required unless this session proved a second factor in the last kFreshSeconds: before anything
  /// dangerous.
  net::Task<Result<Done>> fresh(const door::Pass& pass);

  /// A new authenticator app (in place of the old one) or a further passkey. Both need a fresh second factor. Whoever
  /// changes a factor, or the recovery codes, stays signed in here only: every other session ends.
  net::Task<Result<StaffChallenge>> begin_factor(const door::Pass& pass);
  net::Task<Result<Done>> add_factor(const door::Pass& pass, Answer answer, Caller caller);
  /// Code::conflict for the last second factor.
  net::Task<Result<Done>> remove_passkey(const door::Pass& pass, Uuid passkey, Caller caller);
  /// Ten new recovery codes in place of the old ones.
  net::Task<Result<std::vector<std::string>>> new_recovery_codes(const door::Pass& pass, Caller caller);

  net::Task<Result<std::vector<Colleague>>> colleagues();
  /// Where a colleague is signed in, and ending that: one session, or all of them. Code::not_found for nobody's.
  net::Task<Result<Page<identity::Session>>> sessions_of(const door::Pass& pass, SubjectId staff);
  net::Task<Result<identity::Ended>> end_sessions(const door::Pass& pass, SubjectId staff,
                                                  std::optional<SessionId> which, Caller caller);
  /// Ends somebody's access: sessions, links, known browsers. Not one's own.
  net::Task<Result<Done>> end(const door::Pass& pass, SubjectId staff, Caller caller);

  net::Task<Result<Done>> sweep();
  bool mails() const { return !shared_.mail.url.empty(); }
  std::string origin() const { return shared_.origin(); }
  /// Counts somebody at `address` who has a link mailed to `to`. Code::rate_limited with the seconds to wait.
  net::Task<Result<Done>> may_mail(std::string to, std::string address);
  /// After the answer, which neither waits for the mail nor tells of it. On record with whom it is about.
  void deliver_later(Mail mail, TenantId about = identity::kPlatform);

 private:
  // The password.
  net::Task<Result<Person>> find(std::string email, const Caller& caller);
  net::Task<Result<Done>> prove_password(Person person, std::string password, Caller caller);
  // A question and its answer.
  net::Task<Result<StaffChallenge>> ask(std::string purpose, Person person, std::optional<SessionId> session);
  net::Task<Result<Person>> take_challenge(std::string purpose, const Answer& answer, std::optional<SessionId> session,
                                           const Caller& caller);
  net::Task<Result<Done>> use_up(std::string purpose, std::string secret);
  net::Task<Result<Done>> check_answer(const Person& person, const Answer& answer, const Caller& caller);
  net::Task<Result<Done>> check_code(const Person& person, const Answer& answer);
  net::Task<Result<Done>> check_passkey(const Person& person, const Answer& answer);
  net::Task<Result<db::Query>> make_factor(Person person, Answer answer);
  net::Task<Result<In>> open(const Person& person, std::string_view means, const Caller& caller);
  // Passwords and links.
  net::Task<Result<Person>> of_link(std::string purpose, std::string link, const std::string& password);
  net::Task<Result<std::string>> hash(std::string password);
  net::Task<Result<Done>> verify(Person person, std::string password);
  net::Task<Result<Done>> deliver(Mail mail, TenantId about);
  void tell(const Person& person, std::string subject, std::string happened, const Caller& caller);
  // Throttling. try_once() counts a try whose outcome is not known yet, and returns how many were in vain before it.
  net::Task<Result<int64_t>> try_once(const struct Keys& keys);
  net::Task<Result<Done>> forgive(const struct Keys& keys);
  /// Tells an account's owner what came of a try, if that is suspicious.
  void notice(const Person& person, const struct Keys& keys, std::string what, int64_t vain, const Result<Done>& right,
              const Caller& caller);
  net::Task<void> warn(Person person, struct Keys keys, std::string what, int64_t vain, bool through, Caller caller);
  // The database.
  net::Task<Result<Person>> of_pass(const door::Pass& pass);
  /// Of somebody whose access has not ended. Code::not_found.
  net::Task<Result<std::string>> role_of(SubjectId staff);
  net::Task<Result<Person>> one(db::Query query, Error otherwise);
  net::Task<Result<db::Rows>> read(db::Query query);
  net::Task<Result<Done>> changed(audit::Event event, std::vector<db::Query> changes);
  RelyingParty party() const;

  db::Pool& pool_;
  identity::Identity& identity_;
  Shared& shared_;
};

/// Lower case and one of ours; Code::invalid with the field otherwise.
Result<std::string> normal_address(std::string_view email);

}  // namespace cordon::staff
