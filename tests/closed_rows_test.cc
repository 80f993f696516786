// What is personal or secret is encrypted before PostgreSQL sees it, read from the rows: of every closed field
// something is planted the way that the server writes it, and sought in every row of every table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "commerce/conversation_store.h"
#include "keys/keyring.h"
#include "staff/totp.h"
#include "support/chat.h"
#include "support/closed_fields.h"

namespace cordon {
namespace {

using testing::kClosed;
using testing::must;
using testing::name_of;
using testing::World;

/// A text that a row's column has, closed with a subject's key.
struct Planted {
  keys::Field field;
  TenantId tenant;
  Uuid subject, row;
  std::string plain;
};

/// What is sought: one of the words that planted texts have in them, or all of a secret that is random.
constexpr std::string_view kMarks[] = {"zebrafish", "2001:db8:2eb4:"};

std::string sought(const std::string& plain) {
  for (const std::string_view mark : kMarks)
    if (plain.find(mark) != std::string::npos) return std::string(mark);
  return plain;
}

std::string in_hex(std::string_view bytes) {
  return to_hex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

/// How a word shows as PostgreSQL prints a row that has it somewhere: as it is, in hex, or in base64 (of either
/// alphabet, wherever its groups of three bytes begin), in a column of text or of bytes.
std::set<std::string> forms_of(const std::string& word) {
  std::set<std::string> texts{in_hex(word)};
  if (std::ranges::all_of(word, [](char c) { return c > ' ' && c < '\x7f'; })) texts.insert(word);
  for (size_t before = 0; before < 3; ++before) {
    // Without the letters that the neighbours have a part in.
    const size_t first = (before * 8 + 5) / 6, end = (before + word.size()) * 8 / 6;
    std::string base64 = to_base64(std::string(before, ' ') + word).substr(first, end - first);
    texts.insert(base64);
    std::ranges::replace(base64, '+', '-');
    std::ranges::replace(base64, '/', '_');
    texts.insert(base64);
  }
  std::set<std::string> out = texts;
  for (const std::string& text : texts) out.insert(in_hex(text));
  return out;
}

TEST(ClosedRowsSearch, KnowsAWordInEveryFormThatATextIsKeptIn) {
  const std::string word = "zebra?>\xff";
  for (const std::string around : {"", "x", "xy", "xyz"}) {
    const std::string text = around + word + around;
    const std::string base64 = to_base64(text);
    const std::string url = to_base64url({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    for (const std::string& kept : {in_hex(text), base64, url, in_hex(base64), in_hex(url)})
      EXPECT_TRUE(std::ranges::any_of(forms_of(word), [&](const auto& form) { return kept.contains(form); })) << kept;
  }
}

class ClosedRows : public ::testing::Test {
 protected:
  World& world = World::shared();
  testing::SqlSession admin = world.sql();
  testing::Chat chat{world};
  TenantId tenant = chat.shop.tenant;
  VisitorId shopper = *VisitorId::parse(chat.shopper.visitor_id);
  Uuid visitor = shopper.value;
  identity::From here{"link", "zebrafish agent", "2001:db8:2eb4::1"};
  std::vector<Planted> planted;

  /// Under the key of a tenant itself.
  void plant(const keys::Field& field, TenantId of, const Uuid& row, const std::string& plain) {
    planted.push_back({field, of, of.value, row, plain});
  }
  void plant_messages();
  void plant_customer();
  void plant_install();
  void plant_member();
  void plant_session_and_token();
  void plant_staff();
  void plant_log_key();
  void plant_export();

  /// The column's values of the rows that have an id in them.
  std::vector<std::string> stored(const keys::Field& field, const Uuid& row) {
    const std::string column(field.column), table(field.table);
    const bool text = table == "audit.event";  // after "closed:"
    EXPECT_EQ(
        admin.run("SELECT " +
                  (text ? "substr(" + column + ", 8)" : "translate(encode(" + column + ", 'base64'), E'\\n', '')") +
                  " FROM " + table + " t WHERE " + column + " <> '' AND t::text LIKE '%" + to_string(row) + "%'"),
        "00000");
    std::vector<std::string> out;
    for (const auto& found : admin.rows()) out.push_back(from_base64(found[0]).value_or(""));
    return out;
  }
  /// Whether it stands there, and is what was planted.
  bool stands(const Planted& one, const keys::DataKey& key) {
    return std::ranges::any_of(stored(one.field, one.row), [&](const std::string& closed) {
      try {
        return key.open(one.field, one.row, closed) == one.plain;
      } catch (const keys::Tampered&) {
        return false;  // of another row that names this one
      }
    });
  }
  /// Where any of these words stands: every row of every table, as text.
  std::vector<std::string> places_of(const std::set<std::string>& words) {
    std::string needles;
    for (const std::string& word : words)
      for (const std::string& form : forms_of(word)) needles += (needles.empty() ? "'" : ", '") + form + "'";
    admin.value(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
        "c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')");
    std::vector<std::string> out;
    const auto tables = admin.rows();
    for (const auto& table : tables) {
      admin.value("SELECT DISTINCT needle FROM (SELECT t::text AS line FROM " + table[0] +
                  " t OFFSET 0) AS r, unnest(ARRAY[" + needles + "]) AS needle WHERE position(needle IN line) > 0");
      for (const auto& found : admin.rows()) out.push_back(table[0] + " has " + found[0]);
    }
    return out;
  }
};

void ClosedRows::plant_messages() {
  chat.widget->send(R"({"type":"send","client_id":")" + testing::fresh_id() +
                    R"(","text":"zebrafish said it is for a child"})");
  chat.widget->await("ack");
  chat.take();
  chat.answer_as_shop("zebrafish answer");
  for (const auto& message : chat.messages())
    if (const auto text = testing::field(message, "text"); text.starts_with("zebrafish"))
      planted.push_back({commerce::kBody, tenant, visitor, *parse_uuid(testing::field(message, "id")), text});
  planted.push_back({commerce::kPreview, tenant, visitor, *parse_uuid(chat.conversation), "zebrafish answer"});
}

void ClosedRows::plant_customer() {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
    std::vector<commerce::NewCustomer> people(1);
    people[0] = {"zebrafish-1", "zebrafish lee", "zebrafish@shop.example", "+49 zebrafish"};
    const auto ids = must(co_await commerce::put_customers(scope, people));
    must(co_await commerce::link_visitor(scope, shopper, ids[0]));
    const Uuid id = ids[0].value;
    planted.push_back({commerce::kExternalId, tenant, id, id, people[0].external_id});
    planted.push_back({commerce::kName, tenant, id, id, people[0].name});
    planted.push_back({commerce::kEmail, tenant, id, id, *people[0].email});
    planted.push_back({commerce::kPhone, tenant, id, id, *people[0].phone});
    planted.push_back({commerce::kCustomerName, tenant, visitor, visitor, people[0].name});
  });
}

void ClosedRows::plant_install() {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
    shopify::Grant first, second;
    first.access_token = "shpat_zebrafish1", first.refresh_token = "shprt_zebrafish1";
    second.access_token = "shpat_zebrafish2", second.refresh_token = "shprt_zebrafish2";
    // What the search finds: a shop's domain is public.
    const auto domain = *shopify::ShopDomain::parse("quagga-shop.myshopify.com");
    must(co_await shopify::put_install(scope, domain, first));
    const auto install = must(co_await shopify::find_install(scope));
    must(co_await shopify::put_refreshed(scope, install.access_expires_at, first.refresh_token, second));
    plant(shopify::kAccessToken, tenant, tenant.value, second.access_token);
    plant(shopify::kRefreshToken, tenant, tenant.value, second.refresh_token);
    plant(shopify::kPreviousRefreshToken, tenant, tenant.value, first.refresh_token);
    shopify::Shopper buyer;
    buyer.tenant = tenant, buyer.customer = "zebrafish-2", buyer.origin = "https://shop.example";
    must(co_await shopify::add_proxy_ticket(backend.identities, buyer));
    plant(shopify::kTicketCustomer, tenant, tenant.value, *buyer.customer);
  });
}

void ClosedRows::plant_member() {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    identity::Member member{SubjectId::fresh(), "zebrafish ray", "zebrafish.ray@shop.example", "agent"};
    audit::Event event;
    event.tenant = tenant;
    event.address = here.address, event.agent = here.agent, event.detail = R"({"zebrafish":1})";
    must(co_await identity::invite_member(backend.identities, event, tenant, member, 60));
    plant(identity::kMemberName, tenant, member.subject_id.value, member.name);
    plant(identity::kMemberEmail, tenant, member.subject_id.value, *member.email);
    planted.push_back({audit::kAddress, tenant, keys::kEvents, event.id.value, event.address});
    planted.push_back({audit::kAgent, tenant, keys::kEvents, event.id.value, event.agent});
    planted.push_back({audit::kDetail, tenant, keys::kEvents, event.id.value, event.detail});
  });
}

void ClosedRows::plant_session_and_token() {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const identity::Who owner{tenant, chat.shop.owner, "owner"};
    const identity::From there{"link", "zebrafish phone", "2001:db8:2eb4::2"};
    auto in = must(co_await backend.identity.open(owner, here));
    in = must(co_await backend.identity.refresh(in.refresh, there));
    plant(identity::kSessionAgent, tenant, in.pass->session.value, there.agent);
    plant(identity::kSessionAddress, tenant, in.pass->session.value, there.address);
    identity::ApiTokens tokens(backend.identities, backend.identity, backend.limiter);
    identity::NewApiToken wanted;
    wanted.name.value = "a program", wanted.scopes = {"order.read"};
    audit::Event event;
    event.tenant = tenant;
    const auto token = must(co_await tokens.create(*in.pass, wanted, event));
    must(co_await tokens.open(token.secret, here.address));
    plant(identity::kTokenAddress, tenant, token.token_id.value, here.address);
  });
}

void ClosedRows::plant_staff() {
  const auto shared = app::share_staff(world.config(), [] { return uint16_t{1}; });
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const auto platform = must(co_await identity::shop_keys(backend.identities, identity::kPlatform));
    staff::Staff staff(backend.identity, *shared);
    const std::string address = "zebrafish@cordon.example";
    const std::string link = must(co_await staff.invite(address, "support", std::nullopt));
    const auto colleagues = must(co_await staff.colleagues());
    const Uuid id = std::ranges::find(colleagues, address, &staff::Colleague::email)->staff_id.value;
    plant(staff::kEmail, identity::kPlatform, id, address);
    // The secret of an app that has shown a code, and then one that has not.
    staff::Caller caller;
    caller.from = here, caller.request = RequestId::fresh();
    const auto asked = must(co_await staff.accept(link.substr(link.find('#') + 1), "marmalade at seven", caller));
    const std::string secret = platform.own.open(staff::kOfferedSecret, id, stored(staff::kOfferedSecret, id).at(0));
    EXPECT_EQ(staff::to_base32(secret), asked.enrol->totp_secret);
    staff::Answer answer;
    answer.challenge.value = asked.challenge;
    answer.code.emplace().value = staff::totp_code(secret, staff::totp_step(now()));
    const auto in = must(co_await staff.enrol(answer, caller));
    plant(staff::kTotpSecret, identity::kPlatform, id, secret);
    must(co_await staff.begin_factor(*in.session.pass));
    plant(staff::kOfferedSecret, identity::kPlatform, id,
          platform.own.open(staff::kOfferedSecret, id, stored(staff::kOfferedSecret, id).at(0)));
  });
}

void ClosedRows::plant_log_key() {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    must(co_await audit::log_key(backend.identities, identity::kPlatform, ""));
    const auto platform = must(co_await identity::shop_keys(backend.identities, identity::kPlatform));
    const Uuid log = *parse_uuid(admin.value("SELECT log_id FROM audit.log"));
    plant(audit::kLogKey, identity::kPlatform, log,
          platform.own.open(audit::kLogKey, log, stored(audit::kLogKey, log).at(0)));
  });
}

void ClosedRows::plant_export() {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    std::vector<Uuid> events{keys::kEvents};
    const auto key =
        must(co_await keys::Keyring::current().make(keys::as_identity(backend.identities), tenant, events));
    const std::string secret = "zebrafish's thirty-two secret bytes";
    audit::SealedExport made{EventId::fresh(), tenant, 1};
    made.object_key = key.of(keys::kEvents).close(audit::kObjectKey, made.id.value, secret);
    must(co_await audit::keep_export(backend.identities, made));
    planted.push_back({audit::kObjectKey, tenant, keys::kEvents, made.id.value, secret});
  });
}

TEST_F(ClosedRows, HaveNothingOfAnyClosedFieldInTheClear) {
  plant_messages();
  plant_customer();
  plant_install();
  plant_member();
  plant_session_and_token();
  plant_staff();
  plant_log_key();
  plant_export();
  std::set<std::string> declared, probed, words;
  for (const keys::Field& field : kClosed) declared.insert(name_of(field));
  for (const Planted& one : planted) probed.insert(name_of(one.field));
  ASSERT_EQ(probed, declared) << "something has to be planted of each";
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    for (const Planted& one : planted) {
      std::vector<Uuid> subject{one.subject};
      const auto found =
          must(co_await keys::Keyring::current().find(keys::as_identity(backend.identities), one.tenant, subject));
      EXPECT_TRUE(stands(one, found.of(one.subject))) << name_of(one.field) << " was not stored";
    }
  });
  for (const Planted& one : planted) {
    words.insert(sought(one.plain));
    // As an authenticator app takes it.
    if (name_of(one.field) == name_of(staff::kTotpSecret) || name_of(one.field) == name_of(staff::kOfferedSecret))
      words.insert(staff::to_base32(one.plain));
  }
  EXPECT_THAT(places_of(words), ::testing::IsEmpty());
  EXPECT_THAT(places_of({"quagga"}), ::testing::Contains("shopify.install has quagga")) << "it does find";
}

}  // namespace
}  // namespace cordon
