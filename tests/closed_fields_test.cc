// What is personal or secret is encrypted before PostgreSQL sees it: read from the catalogue, and from the rows
// themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "audit/log_key.h"
#include "audit/sealed_export.h"
#include "base/random.h"
#include "commerce/conversation_store.h"
#include "commerce/customer_store.h"
#include "identity/api_token.h"
#include "identity/member_store.h"
#include "shopify/install_store.h"
#include "shopify/shop_store.h"
#include "staff/staff.h"
#include "support/chat.h"

namespace cordon {
namespace {

using testing::must;
using testing::World;

const std::vector<keys::Field> kClosed{
    audit::kLogKey,           audit::kAddress,         audit::kAgent,
    audit::kDetail,           commerce::kBody,         commerce::kPreview,
    commerce::kCustomerName,  commerce::kExternalId,   commerce::kName,
    commerce::kEmail,         commerce::kPhone,        identity::kMemberName,
    identity::kMemberEmail,   identity::kSessionAgent, identity::kSessionAddress,
    shopify::kAccessToken,    shopify::kRefreshToken,  shopify::kPreviousRefreshToken,
    shopify::kTicketCustomer, staff::kEmail,           staff::kTotpSecret,
    staff::kOfferedSecret,    identity::kTokenAddress, audit::kObjectKey};

/// Columns of text whose names sound personal or secret, or of addresses, and why they are neither.
const std::map<std::string, std::string> kOpen{
    {"door.permission.name", "RBAC's own"},
    {"door.role.name", "RBAC's own"},
    {"cordon_meta.migration.name", "a file's"},
    {"commerce.merchant.name", "the shop's, on its public pages"},
    {"commerce.merchant.assistant_name", "on the shop's public pages"},
    {"commerce.policy.body", "published by the shop"},
    {"commerce.shop_order.external_id", "a number of an order, which leads to nobody without the shop's own system"},
    {"identity.api_token.name", "what an owner calls a program"},
    {"identity.staff_passkey.name", "what somebody calls a device"},
    {"audit.event.address", "closed: as text, for the log's leaves are over text"},
    {"audit.event.agent", "as its address"},
    {"identity.support_grant.ticket", "a number of a ticket"},
};

TEST(ClosedFields, AreBytesAndEveryOtherColumnThatSoundsPersonalHasItsReason) {
  auto admin = World::shared().sql();
  // What stands in audit events is part of a leaf as text.
  for (const keys::Field& field : kClosed)
    EXPECT_EQ(admin.value("SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = '" + std::string(field.table) +
                          "'::regclass AND attname = '" + std::string(field.column) + "'"),
              field.table == "audit.event" ? "text" : "bytea")
        << field.table << "." << field.column;
  EXPECT_EQ(
      admin.run(
          "SELECT n.nspname || '.' || c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = "
          "a.attrelid "
          "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN "
          "('r', 'p') AND NOT c.relispartition "
          "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND a.atttypid IN ('text'::regtype, "
          "'inet'::regtype, "
          "'jsonb'::regtype, 'varchar'::regtype) AND (a.atttypid = 'inet'::regtype OR a.attname ~ "
          "'(name|mail|phone|body|text|preview|address|agent|secret|token|ticket|external|credential|customer)')"),
      "00000");
  std::vector<std::string> found, wanted;
  for (const auto& row : admin.rows()) found.push_back(row[0]);
  for (const auto& [column, why] : kOpen) wanted.push_back(column);
  EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(wanted));
}

TEST(ClosedFields, AreAllThatAreDeclared) {
  namespace fs = std::filesystem;
  static const std::regex kDeclared(R"re(Field k\w+\{"([a-z_]+\.[a-z_]+)", "([a-z_]+)"\})re");
  std::vector<std::string> declared, listed;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(CORDON_SOURCE_DIR) / "src")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("_test.cc") || !(name.ends_with(".h") || name.ends_with(".cc"))) continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::sregex_iterator found(text.begin(), text.end(), kDeclared), end; found != end; ++found)
      declared.push_back((*found)[1].str() + "." + (*found)[2].str());
  }
  for (const keys::Field& field : kClosed) listed.push_back(std::string(field.table) + "." + std::string(field.column));
  // A blind index and nothing beside it: declared to be hashed, never closed.
  listed.push_back("shopify.person.user_id");
  listed.push_back("audit.event.queries");
  EXPECT_THAT(declared, ::testing::UnorderedElementsAreArray(listed));
}

/// Every row of every table, as text and with its bytes as text.
bool stands_anywhere(testing::SqlSession& admin, const std::string& word, std::string& where) {
  admin.run(
      "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = "
      "'r' "
      "AND n.nspname NOT IN ('pg_catalog', 'information_schema')");
  const auto tables = admin.rows();
  const std::string hex = to_hex({reinterpret_cast<const uint8_t*>(word.data()), word.size()});
  for (const auto& table : tables)
    if (admin.value("SELECT count(*) FROM " + table[0] + " t WHERE t::text LIKE '%" + word + "%' OR t::text LIKE '%" +
                    hex + "%'") != "0")
      where += table[0] + " ";
  return !where.empty();
}

TEST(ClosedFields, NothingPersonalStandsInAnyRow) {
  World& world = World::shared();
  testing::Chat chat(world);
  chat.widget->send(R"({"type":"send","client_id":")" + testing::fresh_id() +
                    R"(","text":"zebrasaid it is for Zebrachild"})");
  chat.widget->await("ack");
  chat.take();
  chat.answer_as_shop("zebraanswer to you");
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(must(co_await backend.identity.service(chat.shop.tenant, "importer")), backend.worker);
    std::vector<commerce::NewCustomer> people(1);
    people[0] = {"zebranumber", "Zebraname Lee", "zebramail@shop.example", "+49zebraphone"};
    const auto ids = must(co_await commerce::put_customers(scope, people));
    must(co_await commerce::link_visitor(scope, *VisitorId::parse(chat.shopper.visitor_id), ids[0]));
    shopify::Grant grant;
    grant.access_token = "shpat_zebraaccess", grant.refresh_token = "shprt_zebrarefresh";
    must(co_await shopify::put_install(scope, *shopify::ShopDomain::parse("zebra-shop.myshopify.com"), grant));
    identity::Member member{SubjectId::fresh(), "Zebramember", "zebracolleague@shop.example", "agent"};
    audit::Event event;
    event.address = "2001:db8::3", event.agent = "zebraevent", event.detail = R"({"zebradetail":1})";
    must(co_await identity::invite_member(backend.identities, event, chat.shop.tenant, member, 60));
    const identity::Who owner{chat.shop.tenant, chat.shop.owner, "owner"};
    const identity::From laptop{"link", "zebraagent", "2001:db8::1"}, phone{"link", "zebraphones", "2001:db8::2"};
    auto in = must(co_await backend.identity.open(owner, laptop));
    in = must(co_await backend.identity.refresh(in.refresh, phone));
    const auto sessions = must(co_await backend.identity.sessions(*in.pass, chat.shop.owner));
    EXPECT_EQ(sessions.items.at(0).address, "2001:db8::2");
    const auto shared = app::share_staff(world.config(), [] { return uint16_t{1}; });
    staff::Staff staff(backend.identity, *shared);
    must(co_await staff.invite("zebrastaff@cordon.example", "support", std::nullopt));
    shopify::Shopper shopper;
    shopper.tenant = chat.shop.tenant, shopper.customer = "zebraticket", shopper.origin = "https://shop.example";
    must(co_await shopify::add_proxy_ticket(backend.identities, shopper));
  });
  auto admin = world.sql();
  for (const char* word : {"zebrasaid", "Zebrachild", "zebraanswer", "zebranumber", "Zebraname", "zebramail",
                           "zebraphone", "zebraaccess", "zebrarefresh", "Zebramember", "zebracolleague", "zebrastaff",
                           "zebraticket", "zebraagent", "zebraphones", "2001:db8::2"}) {
    std::string where;
    EXPECT_FALSE(stands_anywhere(admin, word, where)) << word << " stands in " << where;
  }
  // And the search itself can find: what is public stands there.
  std::string where;
  EXPECT_TRUE(stands_anywhere(admin, "zebra-shop", where));
}

}  // namespace
}  // namespace cordon
