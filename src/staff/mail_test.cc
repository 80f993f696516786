// Mail, handed to a real server: aiosmtpd, as Debian has it.
#include "staff/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "db/process.h"
#include "net/tls.h"
#include "staff/password.h"
#include "staff/staff.h"
#include "staff/totp.h"
#include "support/served.h"
#include "support/tools.h"
#include "support/wire.h"

namespace cordon::staff {
namespace {

using cordon::testing::eventually;
using cordon::testing::must;
using cordon::testing::World;
using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  socklen_t size = sizeof at;
  (void)::bind(fd, reinterpret_cast<const sockaddr*>(&at), size);
  (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
  ::close(fd);
  return ntohs(at.sin_port);
}

bool listens(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool there = ::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  ::close(fd);
  return there;
}

/// A server that keeps what it gets in a Maildir.
class SmtpServer {
 public:
  explicit SmtpServer(std::vector<std::string> options = {}, const std::string& address = "127.0.0.1") {
    std::vector<std::string> arguments{"/usr/bin/python3",
                                       "-m",
                                       "aiosmtpd",
                                       "-n",
                                       "-c",
                                       "aiosmtpd.handlers.Mailbox",
                                       (folder_.path() / "mail").string(),
                                       "-l",
                                       address + ":" + std::to_string(port)};
    arguments.insert(arguments.begin() + 4, options.begin(), options.end());
    pid_ = must(db::spawn(arguments, {0, 0, folder_.path() / "log"}, true));
    up = eventually([&] { return listens(port); });
  }
  ~SmtpServer() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }

  const int port = free_port();
  bool up = false;

  /// The mails that have come, each as it came.
  std::vector<std::string> mails() const {
    std::vector<std::string> out;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder_.path() / "mail" / "new", none)) {
      std::ifstream in(entry.path());
      std::ostringstream text;
      text << in.rdbuf();
      out.push_back(text.str());
    }
    return out;
  }

 private:
  cordon::testing::TemporaryFolder folder_;
  pid_t pid_ = -1;
};

bool installed() { return std::system("/usr/bin/python3 -c 'import aiosmtpd' >/dev/null 2>&1") == 0; }

class MailTest : public ::testing::Test {
 protected:
  void SetUp() override { NEEDS_TOOL(installed(), "python3-aiosmtpd"); }
  static MailSettings to(const std::string& scheme, const std::string& host, int port) {
    MailSettings settings;
    settings.url = scheme + "://" + host + ":" + std::to_string(port);
    settings.from = "cordon@shop.example";
    return settings;
  }
  const Mail mail{"ann@staff.example", "Hello", "A line\n.\nand zwölf more =\n"};
};

const std::string kPassword = "marmalade at seven";

/// Somebody of the staff's who signs in with kPassword and one of these recovery codes.
void add_staff(World& world, const std::string& email, const std::vector<std::string>& codes) {
  auto admin = world.sql();
  admin.value("DELETE FROM identity.staff_throttle");
  const auto id = to_string(new_uuid());
  admin.value("INSERT INTO identity.staff (staff_id, email, email_index, role, password, enrolled_at) VALUES ('" + id +
              "', " + world.closed(kEmail, identity::kPlatform, *parse_uuid(id), email) + ", " +
              world.index(kEmail, identity::kPlatform, email) + ", 'support', '" + hash_password(kPassword) +
              "', now())");
  for (const std::string& code : codes)
    admin.value("INSERT INTO identity.staff_recovery VALUES ('" + id + "', sha256('" + code + "'))");
}

/// A server that hands its mail to `smtp`.
std::unique_ptr<app::Process> mailing(World& world, const SmtpServer& smtp) {
  return world.replica([&](app::Config& config) {
    config.smtp_url = "smtp://127.0.0.1:" + std::to_string(smtp.port);
    config.smtp_from = "cordon@shop.example";
  });
}

TEST_F(MailTest, ArrivesAsItWasWritten) {
  SmtpServer server;
  ASSERT_TRUE(server.up);
  must(send_mail(to("smtp", "127.0.0.1", server.port), mail));
  const auto mails = server.mails();
  ASSERT_EQ(mails.size(), 1u);
  for (const char* line : {"From: Cordon <cordon@shop.example>", "To: <ann@staff.example>", "Subject: Hello",
                           "X-RcptTo: ann@staff.example", "Message-ID: <", "Date: ", "zw=C3=B6lf more =3D"})
    EXPECT_THAT(mails[0], HasSubstr(line));
}

TEST_F(MailTest, IsNotSentInTheClearExceptToThisMachine) {
  // The machine's own address, but not the loopback one.
  std::array<char, 64> line{};
  const std::unique_ptr<FILE, int (*)(FILE*)> out(::popen("hostname -I", "r"), ::pclose);
  std::string address = out && std::fgets(line.data(), line.size(), out.get()) ? line.data() : "";
  address = address.substr(0, address.find_first_of(" \n"));
  if (address.empty() || address.find(':') != std::string::npos) GTEST_SKIP() << "no IPv4 address but loopback";
  SmtpServer server({}, "0.0.0.0");
  ASSERT_TRUE(server.up);
  EXPECT_EQ(send_mail(to("smtp", address, server.port), mail).error().code, Code::unavailable);
  EXPECT_TRUE(server.mails().empty());
}

TEST_F(MailTest, IsNotSentToAServerWhoseCertificateDoesNotHold) {
  cordon::testing::TemporaryFolder folder;
  const auto files = must(net::self_signed(folder.path()));
  SmtpServer server({"--smtpscert", files.certificate.string(), "--smtpskey", files.key.string()});
  ASSERT_TRUE(server.up);
  EXPECT_EQ(send_mail(to("smtps", "localhost", server.port), mail).error().code, Code::unavailable);
  EXPECT_TRUE(server.mails().empty());
}

TEST_F(MailTest, SaysSoWhereNoServerIs) {
  EXPECT_EQ(send_mail(to("smtp", "127.0.0.1", free_port()), mail).error().code, Code::unavailable);
  EXPECT_EQ(send_mail(to("http", "127.0.0.1", free_port()), mail).error().code, Code::unavailable);
}

TEST(MailServer, IsToldOfWithoutWhoSignsInThere) {
  MailSettings settings;
  settings.url = "smtps://cordon:hush@mail.example:587";
  EXPECT_EQ(server_of(settings), "smtps://mail.example:587/");
  settings.url = "smtp://mail.example";
  EXPECT_EQ(server_of(settings), "smtp://mail.example/");
  settings.url = "cordon:hush@mail.example";
  EXPECT_THAT(server_of(settings), Not(HasSubstr("hush")));
}

/// The secret in a mail's link to a page.
std::string link_to(std::string mail, const std::string& page) {
  for (size_t at; (at = mail.find("=\n")) != std::string::npos;) mail.erase(at, 2);  // quoted-printable's soft breaks
  const size_t at = mail.find("/console/" + page + "#");
  return at == std::string::npos ? "" : mail.substr(at + 10 + page.size(), 43);
}
std::string link_in(const std::string& mail, const std::string& page) { return link_to(mail, "staff/" + page); }

// The whole way: a server that mails an invitation and a reset link, and what they prove.
TEST_F(MailTest, BringsAnInvitationAndAResetThatProveTheAddress) {
  SmtpServer smtp;
  ASSERT_TRUE(smtp.up);
  World& world = World::shared();
  auto admin = world.sql();
  admin.value("DELETE FROM identity.staff_throttle");
  auto server = mailing(world, smtp);
  const auto post = [&](const std::string& path, const std::string& body) {
    return cordon::testing::ask(server->port(), "POST", "/v1/staff/" + path, {}, body);
  };
  const auto shared = app::share_staff(world.config(), [&] { return server->port(); });
  shared->mail = to("smtp", "127.0.0.1", smtp.port);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    Staff staff(backend.identity, *shared);
    (void)must(co_await staff.invite("mia@staff.example", "support", std::nullopt));
  });
  ASSERT_EQ(smtp.mails().size(), 1u);
  const std::string invitation = link_in(smtp.mails()[0], "accept");
  EXPECT_EQ(post("accept", R"({"invitation":")" + invitation + R"(","password":"marmalade at seven"})").status, 200);
  EXPECT_EQ(admin.value("SELECT verified_at IS NOT NULL FROM identity.staff WHERE email_index = " +
                        world.index(kEmail, identity::kPlatform, "mia@staff.example")),
            "t");

  const auto known = post("password/forgot", R"({"email":"Mia@staff.example"})");
  const auto nobody = post("password/forgot", R"({"email":"nobody@staff.example"})");
  EXPECT_EQ(known.status, 202);
  EXPECT_EQ(known.body, nobody.body);
  ASSERT_TRUE(eventually([&] { return smtp.mails().size() == 2; }));
  const auto mails = smtp.mails();
  std::string reset;
  for (const auto& text : mails)
    if (const auto found = link_in(text, "reset"); !found.empty()) reset = found;
  const auto change = [&] {
    return post("password/reset", R"({"link":")" + reset + R"(","password":"seven marmalades"})");
  };
  const auto changed = change();
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(change().status, 401) << "it works once";
  EXPECT_EQ(post("sign-in", R"({"email":"mia@staff.example","password":"marmalade at seven"})").status, 401);
  EXPECT_EQ(post("sign-in", R"({"email":"mia@staff.example","password":"seven marmalades"})").status, 200);
  EXPECT_THAT(mails, Not(::testing::Contains(HasSubstr("nobody@"))));
}

TEST_F(MailTest, AResetGoesOnlyToAnAddressThatALinkHasProved) {
  SmtpServer smtp;
  ASSERT_TRUE(smtp.up);
  World& world = World::shared();
  add_staff(world, "ida@staff.example", {});
  auto server = mailing(world, smtp);
  const auto forgot = [&] {
    return cordon::testing::ask(server->port(), "POST", "/v1/staff/password/forgot", {},
                                R"({"email":"ida@staff.example"})")
        .status;
  };
  EXPECT_EQ(forgot(), 202) << "the same answer";
  world.sql().value("UPDATE identity.staff SET verified_at = now() WHERE email_index = " +
                    world.index(kEmail, identity::kPlatform, "ida@staff.example"));
  EXPECT_EQ(forgot(), 202);
  // Mails leave in order: had the first been sent, it would stand before this one.
  ASSERT_TRUE(eventually([&] { return !smtp.mails().empty(); }));
  EXPECT_EQ(smtp.mails().size(), 1u);
  EXPECT_NE(link_in(smtp.mails()[0], "reset"), "");
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM identity.staff_secret JOIN identity.staff USING (staff_id) WHERE "
                              "purpose = 'reset' AND email_index = " +
                              world.index(kEmail, identity::kPlatform, "ida@staff.example")),
            "1");
}

TEST_F(MailTest, TellsOfASignInFromANewBrowserAndOfAChangedPassword) {
  SmtpServer smtp;
  ASSERT_TRUE(smtp.up);
  World& world = World::shared();
  add_staff(world, "zoe@staff.example", {"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"});
  auto server = mailing(world, smtp);
  std::vector<net::Header> headers{{"User-Agent", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}};
  const auto post = [&](const std::string& path, const std::string& body) {
    return cordon::testing::ask(server->port(), "POST", "/v1/staff/" + path, headers, body);
  };
  const auto sign_in = [&](const std::string& code) {
    const auto first = post("sign-in", R"({"email":"zoe@staff.example","password":")" + kPassword + "\"}");
    const auto challenge = cordon::testing::field(cordon::testing::json_of(first), "challenge");
    return post("mfa", R"({"challenge":")" + challenge + R"(","method":"recovery","code":")" + code + "\"}");
  };
  const auto in = sign_in("aaaaaaaaaaaaaaaa");
  ASSERT_EQ(in.status, 200) << in.body;
  ASSERT_TRUE(eventually([&] { return smtp.mails().size() == 1; }));
  for (const char* line : {"X-RcptTo: zoe@staff.example", "Subject: A new browser signed in", "Firefox on Windows"})
    EXPECT_THAT(smtp.mails()[0], HasSubstr(line));
  const std::string told = "smtp://127.0.0.1:" + std::to_string(smtp.port) + "/";
  EXPECT_EQ(
      world.sql().value("SELECT count(*) FROM audit.event WHERE action = 'egress.mail' AND resource = '" + told + "'"),
      "1");
  // The same browser again is no news. Mails leave in order, so that what comes next shows that none was sent.
  for (const auto& [name, value] : in.headers)
    if (name == "Set-Cookie" && value.starts_with("__Host-cordon_device="))
      headers.emplace_back("Cookie", value.substr(0, value.find(';')));
  const auto again = sign_in("bbbbbbbbbbbbbbbb");
  ASSERT_EQ(again.status, 200);
  headers.emplace_back("Authorization",
                       "Bearer " + cordon::testing::field(cordon::testing::json_of(again), "access_token"));
  EXPECT_EQ(post("password", R"({"present":")" + kPassword + R"(","password":"seven marmalades"})").status, 200);
  ASSERT_TRUE(eventually([&] { return smtp.mails().size() >= 2; }));
  const auto mails = smtp.mails();
  EXPECT_EQ(mails.size(), 2u);
  EXPECT_THAT(mails, ::testing::Contains(HasSubstr("Subject: Your password for Cordon was changed")));
}

TEST_F(MailTest, TellsOfAChangedFactorAndOfNewRecoveryCodes) {
  SmtpServer smtp;
  ASSERT_TRUE(smtp.up);
  World& world = World::shared();
  add_staff(world, "eva@staff.example", {"eeeeeeeeeeeeeeee"});
  auto admin = world.sql();
  const auto id = admin.value("SELECT staff_id FROM identity.staff WHERE email_index = " +
                              world.index(kEmail, identity::kPlatform, "eva@staff.example"));
  auto server = mailing(world, smtp);
  std::vector<net::Header> headers;
  const auto send = [&](const std::string& method, const std::string& path, const std::string& body = "{}") {
    const auto reply = cordon::testing::ask(server->port(), method, "/v1/staff/" + path, headers, body);
    EXPECT_LT(reply.status, 300) << path << reply.body;
    return cordon::testing::json_of(reply);
  };
  const auto answer = [](const auto& question, const std::string& method, const std::string& code) {
    return R"({"challenge":")" + cordon::testing::field(question, "challenge") + R"(","method":")" + method +
           R"(","code":")" + code + "\"}";
  };
  const auto first = send("POST", "sign-in", R"({"email":"eva@staff.example","password":")" + kPassword + "\"}");
  const auto in = send("POST", "mfa", answer(first, "recovery", "eeeeeeeeeeeeeeee"));
  headers.emplace_back("Authorization", "Bearer " + cordon::testing::field(in, "access_token"));
  send("POST", "recovery-codes");
  const auto begun = send("POST", "factors/begin");
  const auto secret = world.opened(
      kOfferedSecret, identity::kPlatform, *parse_uuid(id),
      admin.value("SELECT sealed FROM identity.staff_secret WHERE purpose = 'factor' AND staff_id = '" + id + "'"));
  send("POST", "factors", answer(begun, "totp", totp_code(secret, totp_step(now()))));
  const auto passkey = to_string(new_uuid());
  admin.value("INSERT INTO identity.staff_passkey VALUES ('" + passkey + "', '" + id + "', sha256('" + passkey +
              "'), -7, '', 0, 'Key')");
  send("DELETE", "passkeys/" + passkey);
  EXPECT_TRUE(eventually([&] { return smtp.mails().size() == 4; }));
  for (const char* subject : {"A new browser signed in to Cordon", "New recovery codes for Cordon",
                              "A second factor was added for Cordon", "A passkey was removed from Cordon"})
    EXPECT_THAT(smtp.mails(), ::testing::Contains(HasSubstr(std::string("Subject: ") + subject)));
}

TEST_F(MailTest, AskingForAResetLinkIsAnsweredBeforeItIsMailed) {
  // A mail server that takes connections and says nothing.
  const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ASSERT_EQ(::bind(silent, reinterpret_cast<const sockaddr*>(&at), size), 0);
  ASSERT_EQ(::listen(silent, 4), 0);
  (void)::getsockname(silent, reinterpret_cast<sockaddr*>(&at), &size);
  World& world = World::shared();
  add_staff(world, "noa@staff.example", {});
  world.sql().value("UPDATE identity.staff SET verified_at = now() WHERE email_index = " +
                    world.index(kEmail, identity::kPlatform, "noa@staff.example"));
  auto server = world.replica([&](app::Config& config) {
    config.smtp_url = "smtp://127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    config.smtp_from = "cordon@shop.example";
  });
  const auto start = std::chrono::steady_clock::now();
  const auto reply =
      cordon::testing::ask(server->port(), "POST", "/v1/staff/password/forgot", {}, R"({"email":"noa@staff.example"})");
  EXPECT_EQ(reply.status, 202) << reply.body;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10)) << "sending gives up after thirty";
  pollfd comes{silent, POLLIN, 0};
  EXPECT_EQ(::poll(&comes, 1, 10'000), 1) << "the mail is on its way";
  ::close(silent);
}

TEST_F(MailTest, TellsOfTriesInVainAndOfTheOneThatCameThroughOnceAnHour) {
  SmtpServer smtp;
  ASSERT_TRUE(smtp.up);
  World& world = World::shared();
  add_staff(world, "lea@staff.example", {"cccccccccccccccc"});
  auto server = mailing(world, smtp);
  auto admin = world.sql();
  // Whoever tries has waited as they were told to; who is told of it, not yet.
  const auto post = [&](const std::string& path, const std::string& body) {
    admin.value(
        "UPDATE identity.staff_throttle SET not_before = now() WHERE not_before < now() + interval '30 minutes'");
    return cordon::testing::ask(server->port(), "POST", "/v1/staff/" + path, {}, body);
  };
  const auto sign_in = [&](const std::string& email, const std::string& password) {
    return post("sign-in", R"({"email":")" + email + R"(","password":")" + password + "\"}");
  };
  const auto answer = [&](const std::string& challenge, const std::string& code) {
    return post("mfa", R"({"challenge":")" + challenge + R"(","method":"recovery","code":")" + code + "\"}").status;
  };
  const auto told = [&](const std::string& what) {
    const auto mails = smtp.mails();
    return std::count_if(mails.begin(), mails.end(), [&](const std::string& mail) {
      return mail.find("X-RcptTo: lea@staff.example") != std::string::npos && mail.find(what) != std::string::npos;
    });
  };
  const auto detail = [](const net::Reply& reply) {
    return cordon::testing::field(cordon::testing::json_of(reply), "detail");
  };
  for (int i = 1; i < kSuspicious; ++i) EXPECT_EQ(sign_in("lea@staff.example", "wrong").status, 401);
  EXPECT_EQ(told(""), 0) << "slips are nobody's business";
  const auto suspicious = sign_in("lea@staff.example", "wrong");
  EXPECT_TRUE(eventually([&] { return told("Subject: Tries in vain to sign in") == 1; }));
  // Whoever tries learns nothing from it, and nobody gets no mail.
  for (int i = 0; i < kSuspicious; ++i) {
    const auto nobody = sign_in("nobody@staff.example", "wrong");
    EXPECT_EQ(nobody.status, suspicious.status);
    EXPECT_EQ(detail(nobody), detail(suspicious));
  }
  EXPECT_EQ(sign_in("lea@staff.example", "wrong").status, 401);
  // Through, after tries in vain: twice, and told once.
  EXPECT_EQ(sign_in("lea@staff.example", kPassword).status, 200);
  EXPECT_TRUE(eventually([&] { return told("Subject: The right password for Cordon") == 1; }));
  const auto challenge =
      cordon::testing::field(cordon::testing::json_of(sign_in("lea@staff.example", kPassword)), "challenge");
  // Who knows the password and guesses at codes is told of by what they guess at.
  for (int i = 0; i < kSuspicious; ++i) EXPECT_EQ(answer(challenge, "dddddddddddddddd"), 401);
  EXPECT_TRUE(eventually([&] { return told("A wrong code was given") == 1; }));
  EXPECT_EQ(told(""), 3);
  EXPECT_EQ(smtp.mails().size(), 3u);
  // An hour later it is news again.
  admin.value("UPDATE identity.staff_throttle SET not_before = now() - interval '1 minute'");
  EXPECT_EQ(sign_in("lea@staff.example", "wrong").status, 401);
  EXPECT_TRUE(eventually([&] { return told("A wrong password was given") == 2; }));
}

// What a shop's people have mailed to them.
class MemberMailTest : public MailTest {
 protected:
  void SetUp() override {
    MailTest::SetUp();
    if (IsSkipped()) return;
    world.sql().value("DELETE FROM identity.staff_throttle");
    smtp = std::make_unique<SmtpServer>();
    ASSERT_TRUE(smtp->up);
    server = mailing(world, *smtp);
  }
  net::Reply post(const std::string& path, const std::string& body) {
    return cordon::testing::ask(server->port(), "POST", path, {}, body);
  }
  net::Reply ask_for_link(const std::string& of_shop, const std::string& email) {
    return post("/v1/sign-in-links", R"({"shop":")" + of_shop + R"(","email":")" + email + "\"}");
  }
  /// Invites somebody; their id.
  std::string invite(const std::string& email) {
    const std::string owner = world.token(*world.sign_in(shop, "owner"));
    const auto reply = world.call(net::Method::post, "/v1/members", owner,
                                  R"({"name":"Ann","role":"manager","email":")" + email + "\"}");
    return cordon::testing::field(cordon::testing::json_of(reply), "subject_id");
  }
  std::string links() {
    return world.sql().value("SELECT count(*) FROM identity.one_use WHERE purpose = 'sign-in' AND tenant_id = '" +
                             to_string(shop.tenant) + "'");
  }

  World& world = World::shared();
  const cordon::testing::Shop shop = world.add_shop();
  std::unique_ptr<SmtpServer> smtp;
  std::unique_ptr<app::Process> server;
};

TEST_F(MemberMailTest, BringsALinkThatSignsInOnceAndTellsNobodyWhoIsThere) {
  const std::string ann = invite("Ann@shop.example"), bob = invite("bob@shop.example");
  world.sql().value("INSERT INTO shopify.person (tenant_id, user_index, subject_id) VALUES ('" +
                    to_string(shop.tenant) + "', '1', '" + bob + "')");
  const auto nobody = ask_for_link(shop.name, "nobody@shop.example"),
             nowhere = ask_for_link("no-shop", "ann@shop.example"),
             by_shopify = ask_for_link(shop.name, "bob@shop.example"),
             known = ask_for_link(shop.name, "ann@SHOP.example");
  EXPECT_EQ(known.status, 202) << known.body;
  for (const auto* other : {&nobody, &nowhere, &by_shopify}) {
    EXPECT_EQ(other->status, known.status);
    EXPECT_EQ(other->body, known.body);
  }
  EXPECT_EQ(ask_for_link(shop.name, "no address").status, 422);
  ASSERT_TRUE(eventually([&] { return !smtp->mails().empty(); }));
  const auto mails = smtp->mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_THAT(mails[0], HasSubstr("X-RcptTo: ann@shop.example"));
  EXPECT_EQ(links(), "3") << "the two of the invitations, which stay, and the one that was mailed";
  EXPECT_EQ(
      world.sql().value("SELECT bool_and(expires_at < now() + interval '16 minutes') FROM (SELECT expires_at FROM "
                        "identity.one_use WHERE subject_id = '" +
                        ann + "' ORDER BY expires_at LIMIT 1) o"),
      "t");
  const std::string use = R"({"link":")" + link_to(mails[0], "sign-in") + "\"}";
  const auto in = post("/v1/sign-in", use);
  ASSERT_EQ(in.status, 200) << in.body;
  const auto me =
      world.call(net::Method::get, "/v1/me", cordon::testing::field(cordon::testing::json_of(in), "access_token"));
  EXPECT_EQ(cordon::testing::field(cordon::testing::json_of(me), "subject_id"), ann);
  EXPECT_EQ(post("/v1/sign-in", use).status, 401) << "it works once";
  const auto events = world.events("action = 'member.link' AND tenant_id = '" + to_string(shop.tenant) + "'");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_THAT(events[0].detail, HasSubstr(R"("mailed":true)"));
}

TEST_F(MemberMailTest, AsksAreCountedForSomebodyAsForNobody) {
  (void)invite("ann@shop.example");
  for (const char* email : {"ann@shop.example", "nobody@shop.example"}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask_for_link(shop.name, email).status, 202) << email;
    EXPECT_EQ(ask_for_link(shop.name, email).status, 429) << email;
  }
  // Whoever asks for ever others is counted by where they ask from.
  int refused = 0;
  for (int i = 0; i < 10; ++i)
    refused += ask_for_link(shop.name, "n" + std::to_string(i) + "@shop.example").status == 429;
  EXPECT_GT(refused, 0);
  EXPECT_EQ(ask_for_link("another-shop", "ann@shop.example").status, 429);
}

}  // namespace
}  // namespace cordon::staff
