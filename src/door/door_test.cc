// The door against a real PostgreSQL: what each seal opens, and how it closes.
#include <gtest/gtest.h>

#include <set>

#include "commerce/conversation_store.h"
#include "commerce/merchant_store.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::must;
using testing::Shop;
using testing::SqlSession;
using testing::World;

/// How a read of the shop's settings ends under `seal`, as a merchant's login.
std::string knock(SqlSession& session, const std::string& seal) {
  return session.run("SELECT door.enter('" + seal + "'); SELECT name FROM commerce.merchant");
}

std::string quoted(const auto& id) { return "'" + to_string(id) + "'"; }

class Door : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::shared_ptr<const door::Pass> owner = world.sign_in(shop, "owner");
  SqlSession api = world.sql("cordon_api");
  SqlSession identity = world.sql("cordon_identity");
  SqlSession admin = world.sql();

  /// Opens the door in a transaction that stays open.
  void enter(const door::Pass& pass) { api.value("BEGIN; SELECT door.enter('" + pass.seal.hex() + "')"); }
  std::string look() { return api.run("SELECT name FROM commerce.merchant"); }
};

TEST_F(Door, LetsASealSeeItsOwnTenantOnly) {
  const auto theirs = world.add_shop();
  EXPECT_EQ(knock(api, owner->seal.hex()), "00000");
  ASSERT_EQ(api.rows().size(), 1u);
  EXPECT_EQ(api.rows()[0][0], "The " + shop.name);
  EXPECT_EQ(api.run("SELECT door.enter('" + owner->seal.hex() +
                    "'); SELECT FROM commerce.merchant WHERE tenant_id = " + quoted(theirs.tenant)),
            "00000");
  EXPECT_TRUE(api.rows().empty());
}

TEST_F(Door, RefusesWhatIsNoSeal) {
  EXPECT_EQ(api.run("SELECT name FROM commerce.merchant"), "CD401");  // none shown
  for (const std::string& seal : {std::string(), std::string("rubbish"), std::string(64, '0'), std::string(63, 'a'),
                                  owner->seal.hex().substr(0, 62)})
    EXPECT_NE(knock(api, seal), "00000") << seal;
  std::string flipped = owner->seal.hex();
  flipped[10] = flipped[10] == '0' ? '1' : '0';
  EXPECT_EQ(knock(api, flipped), "CD401");
}

TEST_F(Door, RefusesAnExpiredSeal) {
  admin.value("UPDATE door.seal SET expires_at = now() - interval '1 second' WHERE session_id = " +
              quoted(owner->session));
  EXPECT_EQ(knock(api, owner->seal.hex()), "CD401");
}

TEST_F(Door, RefusesWhatTheRoleDoesNotCarry) {
  const auto analyst = world.sign_in(shop, "analyst");
  EXPECT_EQ(knock(api, analyst->seal.hex()), "00000");
  EXPECT_EQ(api.run("SELECT door.enter('" + analyst->seal.hex() + "'); SELECT FROM commerce.message"), "CD403");
}

TEST_F(Door, OpensInReadCommittedOnly) {
  for (const std::string level : {"REPEATABLE READ", "SERIALIZABLE"}) {
    EXPECT_EQ(api.run("BEGIN ISOLATION LEVEL " + level + "; SELECT door.enter('" + owner->seal.hex() +
                      "'); SELECT name FROM commerce.merchant"),
              "CD400");
    api.run("ROLLBACK");
  }
}

TEST_F(Door, ShutsOnARevokedSessionBetweenTwoStatementsOfOneTransaction) {
  enter(*owner);
  EXPECT_EQ(look(), "00000");
  identity.value("SELECT door.revoke(" + quoted(owner->session) + ")");
  EXPECT_EQ(look(), "CD419");
}

TEST_F(Door, ShutsOnASuspendedTenantBetweenTwoStatementsAndOnNobodyElse) {
  const auto other = world.sign_in(world.add_shop(), "owner");
  enter(*owner);
  EXPECT_EQ(look(), "00000");
  identity.value("SELECT door.suspend(" + quoted(shop.tenant) + ", 'test')");
  EXPECT_EQ(look(), "CD423");
  api.run("ROLLBACK");
  EXPECT_EQ(knock(api, other->seal.hex()), "00000");
  EXPECT_EQ(identity.run("SELECT door.mint(" + quoted(owner->session) + ", 60)"), "CD423");
}

TEST_F(Door, LetsASuspendedTenantGoOnAfterResumeWithANewSealOfTheSameSession) {
  identity.value("SELECT door.suspend(" + quoted(shop.tenant) + ", 'test')");
  identity.value("SELECT door.resume(" + quoted(shop.tenant) + ")");
  // The old seal is dead for good, but says "get a new one" by now, not "suspended".
  EXPECT_EQ(knock(api, owner->seal.hex()), "CD401");
  const std::string fresh = identity.value("SELECT seal FROM door.mint(" + quoted(owner->session) + ", 60)");
  EXPECT_EQ(knock(api, fresh), "00000");
}

TEST_F(Door, ShutsOnEverySealOfASessionThatGoesOnWithANewOne) {
  const std::string second = identity.value("SELECT seal FROM door.mint(" + quoted(owner->session) + ", 60)");
  const auto other = world.sign_in(shop, "owner");
  enter(*owner);
  EXPECT_EQ(look(), "00000");
  identity.value("SELECT door.unseal(" + quoted(owner->session) + ")");
  EXPECT_EQ(look(), "CD401");
  api.run("ROLLBACK");
  EXPECT_EQ(knock(api, second), "CD401");
  EXPECT_EQ(knock(api, other->seal.hex()), "00000");
  const std::string fresh = identity.value("SELECT seal FROM door.mint(" + quoted(owner->session) + ", 60)");
  EXPECT_EQ(knock(api, fresh), "00000");
}

TEST_F(Door, ShutsForEverybodyAtOnceWhenEverythingIsStopped) {
  const auto other = world.sign_in(world.add_shop(), "owner");
  enter(*owner);
  EXPECT_EQ(look(), "00000");
  identity.value("SELECT door.halt('test')");
  EXPECT_EQ(look(), "CD503");
  api.run("ROLLBACK");
  EXPECT_EQ(knock(api, other->seal.hex()), "CD503");
  EXPECT_EQ(identity.run("SELECT door.mint(" + quoted(owner->session) + ", 60)"), "CD503");
  identity.value("SELECT door.unhalt()");
  EXPECT_EQ(knock(api, owner->seal.hex()), "CD401");
  const std::string fresh = identity.value("SELECT seal FROM door.mint(" + quoted(owner->session) + ", 60)");
  EXPECT_EQ(knock(api, fresh), "00000");
}

TEST_F(Door, MintsForLiveSessionsOnly) {
  EXPECT_EQ(identity.run("SELECT door.mint(" + quoted(SessionId::fresh()) + ", 60)"), "CD401");
  identity.value("SELECT door.revoke(" + quoted(owner->session) + ")");
  EXPECT_EQ(identity.run("SELECT door.mint(" + quoted(owner->session) + ", 60)"), "CD419");
  const auto over = world.sign_in(shop, "agent");
  admin.value("UPDATE door.session SET expires_at = now() - interval '1 second' WHERE session_id = " +
              quoted(over->session));
  EXPECT_EQ(identity.run("SELECT door.mint(" + quoted(over->session) + ", 60)"), "CD401");
}

TEST_F(Door, ANarrowedSessionMayDoAPartOfWhatItsParentMay) {
  const auto narrow = [&](const auto& parent, const std::string& scopes) {
    return identity.run("SELECT door.narrow(" + quoted(parent) + ", " + quoted(SessionId::fresh()) + ", " + scopes +
                        ", 60)");
  };
  const auto narrowed = SessionId::fresh();
  identity.value("SELECT door.narrow(" + quoted(owner->session) + ", " + quoted(narrowed) + ", '{merchant.read}', 60)");
  const std::string seal = identity.value("SELECT seal FROM door.mint(" + quoted(narrowed) + ", 60)");
  EXPECT_EQ(knock(api, seal), "00000");
  EXPECT_EQ(api.run("SELECT door.enter('" + seal + "'); SELECT FROM commerce.message"), "CD403");
  EXPECT_EQ(api.run("SELECT door.enter('" + seal + "'); UPDATE commerce.merchant SET name = 'x'"), "CD403");
  // Nor does it give away more than it has, nor does anybody.
  EXPECT_EQ(narrow(narrowed, "'{merchant.read}'"), "00000");
  EXPECT_EQ(narrow(narrowed, "'{merchant.read,merchant.write}'"), "CD403");
  EXPECT_EQ(narrow(narrowed, "NULL"), "CD403");
  EXPECT_EQ(narrow(owner->session, "'{platform.stop}'"), "CD403");
  EXPECT_EQ(narrow(SessionId::fresh(), "'{merchant.read}'"), "CD401");
  identity.value("SELECT door.revoke(" + quoted(owner->session) + ")");
  EXPECT_EQ(narrow(owner->session, "'{merchant.read}'"), "CD419");
  EXPECT_EQ(knock(api, seal), "00000") << "it outlives the session that made it";
}

TEST_F(Door, NoSealOutlivesItsSession) {
  admin.value("UPDATE door.session SET expires_at = now() + interval '5 seconds' WHERE session_id = " +
              quoted(owner->session));
  admin.value("DELETE FROM door.seal WHERE session_id = " + quoted(owner->session));
  identity.value("SELECT door.mint(" + quoted(owner->session) + ", 3600)");
  EXPECT_EQ(admin.value(
                "SELECT bool_and(s.expires_at <= o.expires_at) FROM door.seal s JOIN door.session o USING (session_id) "
                "WHERE session_id = " +
                quoted(owner->session)),
            "t");
}

TEST_F(Door, MakesSealsOf256BitsThatNeverRepeatAndKeepsTheirDigestsOnly) {
  std::set<std::string> seals;
  std::array<int, 64> ones{};
  for (int n = 0; n < 600; ++n) {
    const std::string seal = identity.value("SELECT seal FROM door.mint(" + quoted(owner->session) + ", 60)");
    ASSERT_EQ(seal.size(), 64u);
    ASSERT_EQ(seal.find_first_not_of("0123456789abcdef"), std::string::npos);
    seals.insert(seal);
    for (size_t i = 0; i < 64; ++i) ones[i] += (seal[i] >= '8');  // the top bit of each digit
  }
  EXPECT_EQ(seals.size(), 600u);
  // 300 of 600 with a standard deviation of 12: no digit is fixed or leans.
  for (int count : ones) EXPECT_NEAR(count, 300, 90);
  const std::string one = *seals.begin();
  EXPECT_EQ(admin.value("SELECT count(*) FROM door.seal WHERE digest = sha256('" + one + "')"), "1");
  EXPECT_EQ(admin.value("SELECT count(*) FROM door.seal WHERE digest = decode('" + one + "', 'hex')"), "0");
}

TEST_F(Door, TakesAChangedRoleIntoTheNextSeal) {
  const auto analyst = world.sign_in(shop, "analyst");
  const std::string customers = "SELECT count(*) FROM commerce.customer";
  admin.value("INSERT INTO door.role_permission VALUES ('analyst', 'customer.read')");
  EXPECT_EQ(api.run("SELECT door.enter('" + analyst->seal.hex() + "'); " + customers), "CD403");
  const std::string fresh = identity.value("SELECT seal FROM door.mint(" + quoted(analyst->session) + ", 60)");
  admin.value("DELETE FROM door.role_permission WHERE role = 'analyst' AND permission = 'customer.read'");
  EXPECT_EQ(api.run("SELECT door.enter('" + fresh + "'); " + customers), "00000");
  const std::string after = identity.value("SELECT seal FROM door.mint(" + quoted(analyst->session) + ", 60)");
  EXPECT_EQ(api.run("SELECT door.enter('" + after + "'); " + customers), "CD403");
}

TEST_F(Door, ShowsAVisitorItsOwnConversationOnly) {
  const auto mine = world.sign_in(shop, "visitor"), other = world.sign_in(shop, "visitor");
  commerce::Conversation theirs;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope me(mine, backend.visitor), them(other, backend.visitor);
    const VisitorId my_id{mine->subject.value}, their_id{other->subject.value};
    const auto own = must(co_await commerce::open_conversation(me, my_id));
    theirs = must(co_await commerce::open_conversation(them, their_id));
    for (auto [scope, id] : {std::pair(&me, own.id), std::pair(&them, theirs.id)}) {
      commerce::NewMessage hello;
      hello.conversation_id = id;
      hello.text = "hello";
      must(co_await commerce::send_message(*scope, hello));
    }
    EXPECT_EQ(must(co_await commerce::find_conversation(me, own.id)).last_seq, 1);
    EXPECT_EQ((co_await commerce::find_conversation(me, theirs.id)).error().code, Code::not_found);
    EXPECT_TRUE(must(co_await commerce::messages_after(me, theirs.id, 0, 10)).empty());
    commerce::NewMessage into;
    into.conversation_id = theirs.id;
    into.text = "let me in";
    EXPECT_EQ((co_await commerce::send_message(me, into)).error().code, Code::not_found);
  });
  auto visitor = world.sql("cordon_visitor");
  const std::string enter = "SELECT door.enter('" + mine->seal.hex() + "'); ";
  for (const std::string table : {"visitor", "conversation", "message"})
    EXPECT_EQ(visitor.value(enter + "SELECT count(*) FROM commerce." + table), "1") << table;
  for (const std::string table : {"customer", "shop_order"})
    EXPECT_EQ(visitor.run(enter + "SELECT FROM commerce." + table), "42501") << table;
  // A visitor's seal is worth nothing on the merchants' login, nor a merchant's on the visitors'.
  EXPECT_EQ(api.run(enter + "SELECT FROM commerce.conversation"), "CD403");
  EXPECT_EQ(visitor.run("SELECT door.enter('" + owner->seal.hex() + "'); SELECT FROM commerce.conversation"), "CD403");
}

TEST_F(Door, KnocksForARequestThatTouchesNoTable) {
  const auto analyst = world.sign_in(shop, "analyst");
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(analyst, backend.api);
    EXPECT_TRUE(co_await scope.knock(""));
    EXPECT_TRUE(co_await scope.knock("order.read"));
    EXPECT_EQ((co_await scope.knock("conversation.read")).error().code, Code::forbidden);
    // A token that names somebody else than its seal does is nobody's.
    auto forged = std::make_shared<door::Pass>(*analyst);
    forged->subject = shop.owner;
    door::Scope other(forged, backend.api);
    EXPECT_EQ((co_await other.knock("")).error().code, Code::unauthenticated);
    EXPECT_TRUE(co_await backend.identity.sign_out(*analyst));
    EXPECT_EQ((co_await scope.knock("")).error().code, Code::revoked);
    EXPECT_EQ((co_await scope.knock("conversation.read")).error().code, Code::revoked);
  });
}

}  // namespace
}  // namespace cordon
