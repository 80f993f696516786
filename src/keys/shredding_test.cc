// What a destroyed key leaves: nothing that opens, in a dump of the database neither, nor in its write-ahead log. And
// what a live one has closed opens with other people's tools, by the documented format.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "app/key_commands.h"
#include "base/json.h"
#include "base/random.h"
#include "commerce/customer_store.h"
#include "identity/member_store.h"
#include "support/served.h"

namespace cordon::keys {
namespace {

namespace fs = std::filesystem;
using testing::must;
using testing::World;

/// Runs a shell's command to its end; what it prints is left out.
void shell(const std::string& command) {
  if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error(command);
}

struct ShreddingTest : ::testing::Test {
  World& world = World::shared();
  testing::Shop shop = world.add_shop();
  TenantId tenant = shop.tenant;
  testing::SqlSession admin = world.sql();
  testing::TemporaryFolder folder;
  CustomerId ann, bob;

  void TearDown() override { admin.run("DROP DATABASE IF EXISTS restored WITH (FORCE)"); }

  std::vector<CustomerId> add_to(TenantId of, const std::vector<std::string>& names) {
    std::vector<CustomerId> ids;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(must(co_await backend.identity.service(of, "importer")), backend.worker);
      std::vector<commerce::NewCustomer> people(names.size());
      for (size_t i = 0; i < names.size(); ++i)
        people[i].external_id = std::to_string(i + 1), people[i].name = names[i];
      ids = must(co_await commerce::put_customers(scope, people));
    });
    return ids;
  }
  void add_people() {
    const auto ids = add_to(tenant, {"Ann Lee", "Bob Ray"});
    ann = ids[0], bob = ids[1];
  }
  /// A whole shop's, at once; it happens with the next destruction.
  void ask_for_the_end_of(TenantId whole) {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      auto keeper = identity::custodian(backend);
      std::vector<Uuid> nobody;
      must(co_await keeper.ask(whole, std::move(nobody), true, "ann", "court order 17", true));
    });
  }
  void destroy_ann() {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      app::DestroyKeys wanted{tenant, "1", "ann", "she asked for it"};
      must(co_await app::destroy_keys(backend, std::move(wanted)));
    });
    EXPECT_EQ(open(ann, world.database().admin_conninfo()), kErased);
    EXPECT_EQ(open(bob, world.database().admin_conninfo()), "Bob Ray");
    EXPECT_EQ(admin.value("SELECT count(*) FROM keys.destruction WHERE done_at IS NULL AND tenant_id = '" +
                          to_string(tenant) + "'"),
              "0");
  }

  /// With a database as it is, its keys, and the KMS of today.
  static void with(const std::string& database, const std::function<net::Task<void>(db::Pool&, Keyring&)>& work) {
    testing::run([&]() -> net::Task<void> {
      db::Pool pool(database, {1});
      Keyring ring(must(open_kms("", World::shared().config().data)));
      co_await work(pool, ring);
    });
  }
  /// Somebody's name as a database has it.
  std::string open(CustomerId person, const std::string& database) { return open(tenant, person, database); }
  static std::string open(TenantId of, CustomerId person, const std::string& database) {
    static constexpr db::Statement kCustomer{"shredding.customer",
                                             "SELECT name FROM commerce.customer WHERE customer_id = $1::uuid"};
    return open(of, person.value, commerce::kName, person.value, db::query(kCustomer, person), database);
  }
  static std::string open(TenantId of, SubjectId member, const std::string& database) {
    static constexpr db::Statement kMember{"shredding.member",
                                           "SELECT name FROM identity.member WHERE subject_id = $1::uuid"};
    return open(of, of.value, identity::kMemberName, member.value, db::query(kMember, member), database);
  }
  static std::string open(TenantId of, const Uuid& subject, const Field& field, const Uuid& row,
                          const db::Query& closed, const std::string& database) {
    std::string out;
    with(database, [&](db::Pool& pool, Keyring& ring) -> net::Task<void> {
      const std::vector<Uuid> subjects{subject};
      std::vector<db::Query> queries{closed};
      const auto rows = must(co_await as_identity(pool)(std::move(queries)));
      const DataKeys keys = must(co_await ring.find(as_identity(pool), of, subjects));
      out = keys.of(subject).open(field, row, rows.at(0).text(0, 0));
    });
    return out;
  }
  /// How many of a tenant's data subjects have a key that opens anything.
  static int live_keys(TenantId of, const std::string& database) {
    static constexpr db::Statement kSubjects{
        "shredding.subjects", "SELECT DISTINCT subject_id FROM keys.data_key WHERE tenant_id = $1::uuid"};
    int live = 0;
    with(database, [&](db::Pool& pool, Keyring& ring) -> net::Task<void> {
      std::vector<db::Query> queries{db::query(kSubjects, of)};
      const auto rows = must(co_await as_identity(pool)(std::move(queries)));
      std::vector<Uuid> subjects;
      for (int i = 0; i < rows.at(0).size(); ++i) subjects.push_back(rows.at(0).uuid(i, 0));
      const DataKeys keys = must(co_await ring.find(as_identity(pool), of, subjects));
      for (const Uuid& subject : subjects) live += keys.has(subject) ? 1 : 0;
    });
    return live;
  }

  static std::string tool(const std::string& name) { return "/usr/lib/postgresql/15/bin/" + name; }
  void dump(const std::string& options, const std::string& file) {
    shell(tool("pg_dump ") + options + " -f " + (folder.path() / file).string() + " '" +
          world.database().admin_conninfo() + "'");
  }
  void load(const std::string& file, const std::string& database) {
    shell(tool("psql -q -v ON_ERROR_STOP=1 -f ") + (folder.path() / file).string() + " '" + database + "'");
  }
  /// Puts today's keys in the place of those of an older database, as docs/keys.md says.
  void load_keys_of_today(const std::string& database) {
    dump("--data-only --disable-triggers -t keys.tenant_key -t keys.data_key", "keys.sql");
    testing::SqlSession(database).value("TRUNCATE keys.tenant_key, keys.data_key");
    load("keys.sql", database);
  }
  void expect_gone_from(const std::string& database) {
    EXPECT_EQ(open(ann, database), kErased);
    EXPECT_EQ(open(bob, database), kErased)
        << "whole tenants' keys of before are as dead: that is why today's are restored beside it";
    load_keys_of_today(database);
    EXPECT_EQ(open(ann, database), kErased);
    EXPECT_EQ(open(bob, database), "Bob Ray");
  }
};

TEST_F(ShreddingTest, WhatWasDumpedBeforeDoesNotOpenAfterwards) {
  add_people();
  const testing::Shop ended = world.add_shop();
  const CustomerId cid = add_to(ended.tenant, {"Cid Fox"}).front();
  dump("", "before.sql");
  admin.value("CREATE DATABASE restored TEMPLATE template0");
  std::string restored = world.database().admin_conninfo();
  const std::string from = "dbname=cordon ";
  restored.replace(restored.find(from), from.size(), "dbname=restored ");
  load("before.sql", restored);
  EXPECT_EQ(open(ann, restored), "Ann Lee");
  EXPECT_EQ(open(ended.tenant, cid, restored), "Cid Fox");
  EXPECT_EQ(open(ended.tenant, ended.owner, restored), "Owner");
  EXPECT_GE(live_keys(ended.tenant, restored), 3) << "the shop's own, its customer's and that of its index";
  ask_for_the_end_of(ended.tenant);
  destroy_ann();
  const auto expect_the_shop_gone = [&](const std::string& keys) {
    EXPECT_EQ(open(ended.tenant, cid, restored), kErased) << keys;
    EXPECT_EQ(open(ended.tenant, ended.owner, restored), kErased) << keys;
    EXPECT_EQ(live_keys(ended.tenant, restored), 0) << keys;
  };
  expect_the_shop_gone("the keys of then");
  expect_gone_from(restored);
  expect_the_shop_gone("today's keys");
}

/// A copy of the world's cluster, taken while it runs, and brought to a later moment by its write-ahead log.
class Replayed {
 public:
  Replayed(World& world, const fs::path& folder)
      : from_(world.config().data / "postgres"), to_(folder / "postgres"), archive_(folder / "archive") {
    testing::SqlSession backup(world.database().admin_conninfo());
    backup.value("SELECT pg_backup_start('test', true)");
    // Files that vanish or grow meanwhile are what the log is for.
    shell("mkdir -p " + to_.string() + " && { tar -C " + from_.string() +
          " --exclude=./pg_wal/* --exclude=./sockets --exclude=./postmaster.pid -cf - . ; } | tar -C " + to_.string() +
          " -xpf -");
    const std::string label = backup.value("SELECT labelfile FROM pg_backup_stop(false)");
    std::ofstream(to_ / "backup_label") << label;
  }
  /// Everything up to now.
  void replay(testing::SqlSession& admin) {
    const std::string now = admin.value("SELECT pg_current_wal_insert_lsn()");
    admin.value("SELECT pg_switch_wal()");
    // Segments that are not needed any more are renamed meanwhile.
    shell("mkdir -p " + archive_.string() + " && { tar -C " + (from_ / "pg_wal").string() + " -cf - . ; } | tar -C " +
          archive_.string() + " -xpf -");
    std::ofstream(to_ / "postgresql.conf", std::ios::app)
        << "hot_standby = off\nrestore_command = 'cp " << archive_.string() << "/%f %p'\nrecovery_target_lsn = '" << now
        << "'\nrecovery_target_action = promote\n";
    std::ofstream(to_ / "recovery.signal") << "";
    shell("chown --reference=" + (to_ / "PG_VERSION").string() + " " + (to_ / "recovery.signal").string() + " " +
          (to_ / "backup_label").string());
    cluster_ = must(db::Cluster::start(to_));
  }
  std::string conninfo() const { return cluster_->admin_conninfo(); }

 private:
  fs::path from_, to_, archive_;
  std::unique_ptr<db::Cluster> cluster_;
};

TEST_F(ShreddingTest, WhatStandsInTheWriteAheadLogDoesNotOpenAfterwards) {
  Replayed before(world, folder.path());
  add_people();
  before.replay(admin);
  EXPECT_EQ(open(ann, before.conninfo()), "Ann Lee") << "only the log had her";
  destroy_ann();
  expect_gone_from(before.conninfo());
}

// The KMS's file, the tables and scripts/open-sealed, which is openssl's command line, lead to a name.
TEST_F(ShreddingTest, OpensslOpensAWrappedKeyAndWhatItClosesByTheDocumentedFormat) {
  add_people();
  const auto text = [](const fs::path& file) {
    std::ifstream in(file);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  const auto hex = [](std::string_view bytes) {
    return to_hex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  };
  const auto opened = [&](const std::string& key, const std::string& sealed) {
    std::ofstream(folder.path() / "in") << key << "\n" << sealed << "\n";
    shell("{ " CORDON_SOURCE_DIR "/scripts/open-sealed <" + (folder.path() / "in").string() + " >" +
          (folder.path() / "out").string() + "; }");
    return text(folder.path() / "out");
  };
  const std::string of = " WHERE tenant_id = '" + to_string(tenant) + "'";
  const std::string person = " AND subject_id = '" + to_string(ann) + "'";
  const std::string version = admin.value("SELECT kms_version FROM keys.tenant_key" + of);
  std::string kms;
  const auto file = boost::json::parse(text(world.config().data / "kms.key"));
  for (const auto& one : file.at("versions").as_array())
    if (std::to_string(one.at("version").as_int64()) == version)
      kms = hex(from_base64url(one.at("key").as_string().c_str()));
  const std::string tenant_key = opened(kms, admin.value("SELECT encode(wrapped, 'hex') FROM keys.tenant_key" + of));
  const std::string data_key =
      opened(tenant_key, admin.value("SELECT encode(wrapped, 'hex') FROM keys.data_key" + of + person));
  ASSERT_EQ(data_key.size(), 64u);
  // Before the sealed bytes stands one byte for the format, and four for the key's version.
  const std::string closed = admin.value("SELECT encode(substr(name, 6), 'hex') FROM commerce.customer" + of +
                                         " AND customer_id = '" + to_string(ann) + "'");
  EXPECT_EQ(opened(data_key, closed), hex("Ann Lee"));
}

}  // namespace
}  // namespace cordon::keys
