#include "staff/staff_routes.h"

#include "identity/cookie.h"
#include "identity/identity_routes.h"

namespace cordon::staff {

using door::Asks;
using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using identity::AccessToken;
using HttpMethod = net::Method;

namespace {

BOOST_DEFINE_ENUM_CLASS(Role, support, security, auditor, administrator)

struct SignIn {
  Text<3, 254> email;
  Text<1, 1024> password;
};
BOOST_DESCRIBE_STRUCT(SignIn, (), (email, password))

struct Accept {
  Text<20, 100> invitation;
  Text<1, 1024> password;
};
BOOST_DESCRIBE_STRUCT(Accept, (), (invitation, password))

struct Forgot {
  Text<3, 254> email;
};
BOOST_DESCRIBE_STRUCT(Forgot, (), (email))

struct Reset {
  Text<20, 100> link;
  Text<1, 1024> password;
};
BOOST_DESCRIBE_STRUCT(Reset, (), (link, password))

struct ChangePassword {
  Text<1, 1024> present, password;
};
BOOST_DESCRIBE_STRUCT(ChangePassword, (), (present, password))

struct Invite {
  Text<3, 254> email;
  Role role = Role::support;
};
BOOST_DESCRIBE_STRUCT(Invite, (), (email, role))

struct Enrolled {
  std::string access_token, token_type;
  int64_t expires_in = 0;
  std::vector<std::string> recovery_codes;
};
CORDON_TYPE(Enrolled, access_token, token_type, expires_in, recovery_codes)

struct RecoveryCodes {
  std::vector<std::string> recovery_codes;
};
CORDON_TYPE(RecoveryCodes, recovery_codes)

struct StaffInvitation {
  std::optional<std::string> link;  ///< to hand over, where no mail is set up
  bool mailed = false;
};
CORDON_TYPE(StaffInvitation, link, mailed)

struct PasskeyPath {
  Uuid passkey_id;
};
BOOST_DESCRIBE_STRUCT(PasskeyPath, (), (passkey_id))

struct StaffPath {
  SubjectId staff_id;
};
BOOST_DESCRIBE_STRUCT(StaffPath, (), (staff_id))

struct StaffSessionPath {
  SubjectId staff_id;
  SessionId session_id;
};
BOOST_DESCRIBE_STRUCT(StaffSessionPath, (), (staff_id, session_id))

/// A browser that has signed in before.
constexpr std::string_view kDeviceCookie = "__Host-cordon_device";
constexpr Permission kSelf{"staff.self"}, kManage{"staff.manage"};

Caller caller_of(const Call& call) {
  Caller caller;
  caller.from.agent = call.request.header("user-agent");
  caller.from.address = call.request.address;
  caller.from.replaces = identity::held_session(call.request);
  caller.request = call.request.id;
  caller.device = call.request.cookie(kDeviceCookie);
  return caller;
}

/// The answer to whoever is through: the token, the session's cookie, and the browser's.
template <class T>
net::Response welcome(Call& call, const In& in, const T& body) {
  call.proved = in.session.pass;
  auto response = identity::unkept(body);
  response.headers.push_back(identity::session_cookie(in.session.refresh, identity::kMemberSeconds));
  if (!in.device.empty()) response.headers.push_back(identity::set_cookie(kDeviceCookie, in.device, kDeviceSeconds));
  return response;
}

/// What carries a secret, for nobody to keep.
template <class T>
Result<net::Response> secret(Result<T> made) {
  if (!made) return std::unexpected(made.error());
  return identity::unkept(*made);
}

void add_sign_in(door::Routes& routes, const std::function<Staff&()>& here) {
  routes.add_json<SignIn, StaffChallenge>(
      {HttpMethod::post, "/v1/staff/sign-in", door::kAnyone, AuditAction("staff.password"), Rate::sign_in,
       "staff_sign_in", "Staff: e-mail and password; asks for a second factor"},
      [here](Call& call, SignIn in) -> net::Task<Result<net::Response>> {
        co_return secret(co_await here().sign_in(in.email.value, in.password.value, caller_of(call)));
      });
  routes.add_json<Answer, AccessToken>({HttpMethod::post, "/v1/staff/mfa", door::kAnyone, AuditAction("staff.mfa"),
                                        Rate::sign_in, "staff_mfa", "Staff: the second factor; opens a session"},
                                       [here](Call& call, Answer in) -> net::Task<Result<net::Response>> {
                                         auto through = co_await here().prove(std::move(in), caller_of(call));
                                         if (!through) co_return std::unexpected(through.error());
                                         co_return welcome(call, *through, through->session.token);
                                       });
  routes.add_json<Accept, StaffChallenge>(
      {HttpMethod::post, "/v1/staff/accept", door::kAnyone, AuditAction("staff.accept"), Rate::sign_in, "staff_accept",
       "Use up an invitation: choose a password, then make a second factor"},
      [here](Call& call, Accept in) -> net::Task<Result<net::Response>> {
        co_return secret(co_await here().accept(in.invitation.value, in.password.value, caller_of(call)));
      });
  routes.add_json<Answer, Enrolled>(
      {HttpMethod::post, "/v1/staff/enrol", door::kAnyone, AuditAction("staff.enrol"), Rate::sign_in, "staff_enrol",
       "The first second factor; opens a session and shows recovery codes once"},
      [here](Call& call, Answer in) -> net::Task<Result<net::Response>> {
        auto through = co_await here().enrol(std::move(in), caller_of(call));
        if (!through) co_return std::unexpected(through.error());
        const AccessToken& token = through->session.token;
        Enrolled body;
        body.access_token = token.access_token;
        body.token_type = token.token_type;
        body.expires_in = token.expires_in;
        body.recovery_codes = through->recovery_codes;
        co_return welcome(call, *through, body);
      });
  routes.add<Forgot, Done>({HttpMethod::post, "/v1/staff/password/forgot", door::kAnyone, AuditAction("staff.forgot"),
                            Rate::sign_in, "staff_forgot", "Mail a reset link, if the address is one of staff", 202},
                           [here](Call& call, Forgot in) -> net::Task<Result<Done>> {
                             return here().forgot(in.email.value, caller_of(call));
                           });
  routes.add_json<Reset, Done>(
      {HttpMethod::post, "/v1/staff/password/reset", door::kAnyone, AuditAction("staff.reset"), Rate::sign_in,
       "staff_reset", "Use up a reset link: a new password, and no session lives on"},
      [here](Call& call, Reset in) -> net::Task<Result<net::Response>> {
        auto device = co_await here().reset(in.link.value, in.password.value, caller_of(call));
        if (!device) co_return std::unexpected(device.error());
        const Done done;
        auto response = identity::unkept(done);
        response.headers.push_back(identity::set_cookie(kDeviceCookie, *device, kDeviceSeconds));
        co_return response;
      });
}

void add_account(door::Routes& routes, const std::function<Staff&()>& here) {
  routes.add<Nothing, StaffAccount>(
      {HttpMethod::get, "/v1/staff/me", kSelf, AuditAction("staff.read"), Rate::read, "staff_me",
       "One's own staff account", 200, Asks::first},
      [here](Call& call, Nothing) -> net::Task<Result<StaffAccount>> { return here().account(call.scope->pass()); });
  routes.add<ChangePassword, Done>(
      {HttpMethod::post, "/v1/staff/password", kSelf, AuditAction("staff.password.change"), Rate::write,
       "staff_change_password", "A new password with the present one; every other session ends", 200, Asks::first},
      [here](Call& call, ChangePassword in) -> net::Task<Result<Done>> {
        return here().change_password(call.scope->pass(), in.present.value, in.password.value, caller_of(call));
      });
  routes.add_json<Nothing, StaffChallenge>(
      {HttpMethod::post, "/v1/staff/step-up/begin", kSelf, AuditAction("staff.step-up.begin"), Rate::write,
       "staff_begin_step_up", "Ask for the second factor again", 200, Asks::first},
      [here](Call& call, Nothing) -> net::Task<Result<net::Response>> {
        co_return secret(co_await here().begin_step_up(call.scope->pass()));
      });
  routes.add_json<Answer, AccessToken>(
      {HttpMethod::post, "/v1/staff/step-up", kSelf, AuditAction("staff.step-up"), Rate::write, "staff_step_up",
       "The second factor again: five minutes for what needs it, and new tokens for the session", 200, Asks::first},
      [here](Call& call, Answer in) -> net::Task<Result<net::Response>> {
        auto proved = co_await here().step_up(call.scope->pass(), std::move(in), caller_of(call));
        if (!proved) co_return std::unexpected(proved.error());
        co_return identity::answer_with(std::move(*proved));
      });
  routes.add_json<Nothing, StaffChallenge>(
      {HttpMethod::post, "/v1/staff/factors/begin", kSelf, AuditAction("staff.factor.begin"), Rate::write,
       "staff_begin_factor", "Begin a new authenticator app or passkey", 200, Asks::first},
      [here](Call& call, Nothing) -> net::Task<Result<net::Response>> {
        co_return secret(co_await here().begin_factor(call.scope->pass()));
      });
  routes.add<Answer, Done>(
      {HttpMethod::post, "/v1/staff/factors", kSelf, AuditAction("staff.factor.add"), Rate::write, "staff_add_factor",
       "Add the passkey, or replace the app; every other session ends", 200, Asks::first},
      [here](Call& call, Answer in) -> net::Task<Result<Done>> {
        return here().add_factor(call.scope->pass(), std::move(in), caller_of(call));
      });
  routes.add<PasskeyPath, Done>(
      {HttpMethod::delete_, "/v1/staff/passkeys/{passkey_id}", kSelf, AuditAction("staff.factor.remove"), Rate::write,
       "staff_remove_passkey", "Remove a passkey; every other session ends", 200, Asks::first},
      [here](Call& call, PasskeyPath in) -> net::Task<Result<Done>> {
        return here().remove_passkey(call.scope->pass(), in.passkey_id, caller_of(call));
      });
  routes.add_json<Nothing, RecoveryCodes>(
      {HttpMethod::post, "/v1/staff/recovery-codes", kSelf, AuditAction("staff.recovery-codes"), Rate::write,
       "staff_new_recovery_codes", "Ten new recovery codes in place of the old ones; every other session ends", 200,
       Asks::first},
      [here](Call& call, Nothing) -> net::Task<Result<net::Response>> {
        auto codes = co_await here().new_recovery_codes(call.scope->pass(), caller_of(call));
        if (!codes) co_return std::unexpected(codes.error());
        const RecoveryCodes body{*codes};
        co_return identity::unkept(body);
      });
}

void add_colleagues(door::Routes& routes, const std::function<Staff&()>& here) {
  routes.add<Nothing, Page<Colleague>>({HttpMethod::get, "/v1/staff", kManage, AuditAction("staff.list"), Rate::read,
                                        "list_staff", "Everybody who is or was staff", 200, Asks::first},
                                       [here](Call&, Nothing) -> net::Task<Result<Page<Colleague>>> {
                                         auto all = co_await here().colleagues();
                                         if (!all) co_return std::unexpected(all.error());
                                         Page<Colleague> page;
                                         page.items = std::move(*all);
                                         co_return page;
                                       });
  routes.add_json<Invite, StaffInvitation>(
      {HttpMethod::post, "/v1/staff/invitations", kManage, AuditAction("staff.invite"), Rate::write, "invite_staff",
       "Invite a colleague; needs a fresh second factor", 201, Asks::first},
      [here](Call& call, Invite in) -> net::Task<Result<net::Response>> {
        const door::Pass& pass = call.scope->pass();
        auto may = co_await here().fresh(pass);
        if (!may) co_return std::unexpected(may.error());
        const std::string role = boost::describe::enum_to_string(in.role, "");
        auto link = co_await here().invite(in.email.value, role, pass.subject);
        if (!link) co_return std::unexpected(link.error());
        StaffInvitation body;
        body.mailed = here().mails();
        if (!body.mailed) body.link = *link;
        auto response = identity::unkept(body);
        response.status = 201;
        co_return response;
      });
  routes.add<StaffPath, Done>(
      {HttpMethod::delete_, "/v1/staff/{staff_id}", kManage, AuditAction("staff.end"), Rate::write, "end_staff",
       "End somebody's access; needs a fresh second factor", 200, Asks::first},
      [here](Call& call, StaffPath in) -> net::Task<Result<Done>> {
        return here().end(call.scope->pass(), in.staff_id, caller_of(call));
      });
  routes.add<StaffPath, Page<identity::Session>>(
      {HttpMethod::get, "/v1/staff/{staff_id}/sessions", kManage, AuditAction("staff.session.list"), Rate::read,
       "list_staff_sessions", "Where a colleague is signed in", 200, Asks::first},
      [here](Call& call, StaffPath in) -> net::Task<Result<Page<identity::Session>>> {
        return here().sessions_of(call.scope->pass(), in.staff_id);
      });
  routes.add<StaffPath, identity::Ended>(
      {HttpMethod::delete_, "/v1/staff/{staff_id}/sessions", kManage, AuditAction("staff.session.end"), Rate::write,
       "end_staff_sessions", "Sign a colleague out everywhere; needs a fresh second factor", 200, Asks::first},
      [here](Call& call, StaffPath in) -> net::Task<Result<identity::Ended>> {
        return here().end_sessions(call.scope->pass(), in.staff_id, std::nullopt, caller_of(call));
      });
  routes.add<StaffSessionPath, identity::Ended>(
      {HttpMethod::delete_, "/v1/staff/{staff_id}/sessions/{session_id}", kManage, AuditAction("staff.session.end"),
       Rate::write, "end_staff_session", "End one of a colleague's sessions; needs a fresh second factor", 200,
       Asks::first},
      [here](Call& call, StaffSessionPath in) -> net::Task<Result<identity::Ended>> {
        return here().end_sessions(call.scope->pass(), in.staff_id, in.session_id, caller_of(call));
      });
}

}  // namespace

void add_staff_routes(door::Routes& routes, std::function<Staff&()> here) {
  add_sign_in(routes, here);
  add_account(routes, here);
  add_colleagues(routes, here);
}

}  // namespace cordon::staff
