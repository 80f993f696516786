// What is personal or secret is encrypted before PostgreSQL sees it, read from the catalogue: a column that can hold
// text or bytes is closed, or stands here with the reason why it is not. closed_rows_test.cc reads the rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "app/closed_tables.h"
#include "support/closed_fields.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::kClosed;
using testing::name_of;
using testing::World;

struct OpenColumns {
  std::string why;
  std::vector<std::string> columns;
};
const std::vector<OpenColumns> kOpenColumns{
    {"words that Cordon itself chooses: roles, permissions, kinds, states",
     {"audit.action.action",
      "audit.action.kind",
      "audit.kind.kind",
      "audit.let_go.kind",
      "audit.let_go_reach.kind",
      "audit.event.role",
      "audit.event.action",
      "audit.event.method",
      "audit.event.code",
      "commerce.conversation.status",
      "commerce.conversation.handler",
      "commerce.conversation.last_author",
      "commerce.message.author",
      "door.permission.name",
      "door.permission.meaning",
      "door.role.name",
      "door.role.kind",
      "door.role.meaning",
      "door.role_permission.role",
      "door.role_permission.permission",
      "door.seal.role",
      "door.seal.permissions",
      "door.seal.closed",
      "door.session.role",
      "door.session.scopes",
      "identity.api_token.scopes",
      "identity.member.role",
      "identity.one_use.purpose",
      "identity.refresh.kind",
      "identity.session.means",
      "identity.staff.role",
      "identity.staff_secret.purpose",
      "keys.tenant_key.state",
      "shopify.install.scopes",
      "work.job.kind"}},
    {"a file's", {"cordon_meta.migration.name", "cordon_meta.migration.checksum"}},
    {"published by the shop, or on its public pages", {"commerce.merchant.shop",     "commerce.merchant.name",
                                                       "commerce.merchant.currency", "commerce.merchant.assistant_name",
                                                       "commerce.merchant.greeting", "commerce.policy.kind",
                                                       "commerce.policy.title",      "commerce.policy.body",
                                                       "commerce.policy.search",     "commerce.product.handle",
                                                       "commerce.product.title",     "commerce.product.description",
                                                       "commerce.product.vendor",    "commerce.product.product_type",
                                                       "commerce.product.tags",      "commerce.product.options",
                                                       "commerce.product.image_url", "commerce.product.currency",
                                                       "commerce.product.search",    "identity.shop.shop",
                                                       "identity.shop.origins",      "shopify.install.domain",
                                                       "shopify.shop.domain",        "shopify.proxy_ticket.origin"}},
    {"titles of what the shop publishes", {"commerce.message.sources"}},
    {"a number of an order, which leads to nobody without the shop's own system", {"commerce.shop_order.external_id"}},
    {"says no more than that", {"commerce.shop_order.currency"}},
    {"the log, which is published: hashes, signed notes, public keys and a name",
     {"audit.bundle.commitments", "audit.ended_log.origin", "audit.ended_log.public_key", "audit.ended_log.checkpoint",
      "audit.ended_log.cosigned", "audit.let_go.bitmap", "audit.let_go_statement.note", "audit.log.origin",
      "audit.log.public_key", "audit.log.checkpoint", "audit.log.cosigned", "audit.tile.hashes"}},
    {"random ids", {"audit.bundle.events"}},
    {"a route's path with ids, never what was asked or sent", {"audit.event.resource"}},
    {"a trace's id", {"audit.event.trace"}},
    {"statements' names, each with a blind index", {"audit.event.queries"}},
    {"blind indices, under a key of the tenant's",
     {"audit.event.address_index", "commerce.customer.external_index", "commerce.customer.email_index",
      "commerce.customer.phone_index", "identity.member.email_index", "identity.staff.email_index",
      "shopify.person.user_index"}},
    {"why staff did something to a shop, to a log or to everything, and who says so: kept after the keys that it is "
     "about",
     {"audit.ended_log.why", "audit.hold.why", "door.stop.why", "door.tenant_state.suspended_why",
      "identity.support_grant.reason", "keys.destruction.why", "keys.destruction.asked_by",
      "keys.destruction.approved_by", "keys.destruction.withdrawn_by"}},
    {"a number of a ticket, and that of a grant or the name of a work",
     {"identity.support_grant.ticket", "audit.event.purpose"}},
    {"what an owner calls a program, or one of the staff a device",
     {"identity.api_token.name", "identity.staff_passkey.name"}},
    {"networks that a shop's own programs call from: PostgreSQL compares them", {"identity.api_token.ranges"}},
    {"SHA-256 of 80 random bits or more, or a salt beside it",
     {"door.seal.digest", "identity.api_token.digest", "identity.one_use.digest", "identity.refresh.digest",
      "identity.refresh.successor", "identity.refresh.salt", "identity.staff_recovery.digest",
      "identity.staff_secret.digest", "shopify.proxy_ticket.digest", "shopify.session_token.digest"}},
    {"SHA-256 of an account's or a caller's address, to count tries in vain: who can guess it can find it",
     {"identity.staff_throttle.key"}},
    {"Argon2id", {"identity.staff.password"}},
    {"public halves of keys, and what finds them",
     {"identity.refresh.key_thumbprint", "identity.signing_key.kid", "identity.signing_key.public_key",
      "identity.staff_passkey.credential", "identity.staff_passkey.public_key"}},
    {"wrapped keys, and the names of what wrapped them",
     {"keys.data_key.wrapped", "keys.tenant_key.wrapped", "keys.tenant_key.kms_version", "keys.kms_version.version",
      "keys.destruction.kms_version"}},
};

TEST(ClosedFields, AreAllColumnsOfTextOrBytesButThoseThatHaveAReason) {
  auto admin = World::shared().sql();
  // Named are the types that hold neither: a type that is new here, a domain among them, is one of text.
  ASSERT_EQ(admin.run("SELECT n.nspname || '.' || c.relname || '.' || a.attname FROM pg_attribute a "
                      "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
                      "WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'f') "
                      "AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') "
                      "AND a.atttypid NOT IN ('boolean'::regtype, 'smallint'::regtype, 'integer'::regtype, "
                      "'bigint'::regtype, 'xid8'::regtype, 'timestamptz'::regtype, 'uuid'::regtype, "
                      "'uuid[]'::regtype)"),
            "00000");
  std::vector<std::string> found, named;
  for (const auto& row : admin.rows()) found.push_back(row[0]);
  for (const keys::Field& field : kClosed) named.push_back(name_of(field));
  for (const OpenColumns& open : kOpenColumns) named.insert(named.end(), open.columns.begin(), open.columns.end());
  EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(named));
}

TEST(ClosedFields, AreBytes) {
  auto admin = World::shared().sql();
  // What stands in audit events is part of a leaf as text.
  for (const keys::Field& field : kClosed)
    EXPECT_EQ(admin.value("SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = '" + std::string(field.table) +
                          "'::regclass AND attname = '" + std::string(field.column) + "'"),
              field.table == "audit.event" ? "text" : "bytea")
        << name_of(field);
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
  for (const keys::Field& field : kClosed) listed.push_back(name_of(field));
  // A blind index and nothing beside it: declared to be hashed, never closed.
  listed.push_back("shopify.person.user_id");
  listed.push_back("audit.event.queries");
  EXPECT_THAT(declared, ::testing::UnorderedElementsAreArray(listed));
}

TEST(ClosedFields, AreEachInOneTableThatIsWalkedWhenKeysAreReplaced) {
  std::vector<std::string> walked, closed;
  const auto tables = app::closed_tables();
  for (const keys::ClosedTable& table : tables)
    for (const keys::Field& field : table.fields) walked.push_back(name_of(field));
  // Audit events never change, and so their key stays, and what else is under it.
  for (const keys::Field& field : kClosed)
    if (field.table != "audit.event" && field.table != "audit.export") closed.push_back(name_of(field));
  EXPECT_THAT(walked, ::testing::UnorderedElementsAreArray(closed));
}

}  // namespace
}  // namespace cordon
