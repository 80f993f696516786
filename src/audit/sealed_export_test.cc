// Exports in an object store: nothing of them can be read there, they come back as the folder that they would have
// been, and they end with the shop's key.
#include "audit/sealed_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "app/key_commands.h"
#include "audit/export_format.h"
#include "audit/log_key.h"
#include "keys/data_key.h"
#include "net/workers.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon::audit {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::must;
using ::testing::Not;
using testing::Shop;
using testing::World;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class SealedExportTest : public ::testing::Test {
 protected:
  SealedExportTest() {
    const std::string owner = world.token(*world.sign_in(shop, "owner"));
    testing::ask(world.port(), "GET", "/v1/merchant",
                 {{"Authorization", "Bearer " + owner}, {"User-Agent", "zebra browser"}});
    admin.run("SELECT origin, encode(public_key, 'base64') FROM audit.log");
    key = {admin.rows()[0][0], SignatureType::ed25519, *from_base64(admin.rows()[0][1])};
  }

  using Work = std::function<net::Task<void>(identity::Backend&, keys::ObjectStore&)>;
  void with_store(const Work& work) {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      net::Workers workers(1, 1);
      const auto store = must(keys::open_store("folder:" + (place.path() / "store").string(), workers));
      co_await work(backend, *store);
    });
  }
  /// An export of the shop's, or as `change` has it: its id.
  Result<EventId> make(const std::function<void(Export&)>& change = {}) {
    Result<EventId> out = EventId{};
    with_store([&](identity::Backend& backend, keys::ObjectStore& store) -> net::Task<void> {
      const auto signing = must(co_await log_key(backend.identities, identity::kPlatform, key.name));
      Export wanted;
      wanted.tenant = shop.tenant;
      if (change) change(wanted);
      auto event = by_operator("audit.export", wanted.tenant.value_or(identity::kPlatform), {});
      const EventId id = event.id;
      auto done = co_await seal_export(backend.identities, backend.recorder, signing, std::move(event),
                                       std::move(wanted), store);
      if (done) out = id;
      else out = std::unexpected(done.error());
    });
    return out;
  }
  Result<int64_t> fetch(EventId id) {
    Result<int64_t> out = 0;
    with_store([&](identity::Backend& backend, keys::ObjectStore& store) -> net::Task<void> {
      const std::filesystem::path to = folder(id);
      out = co_await fetch_export(backend.identities, backend.recorder, store, id, to);
    });
    return out;
  }
  std::filesystem::path folder(EventId id) const { return place.path() / to_string(id); }
  std::filesystem::path object(EventId id) const { return place.path() / "store" / export_object(id); }
  std::string events_of_fetching(EventId id) {
    return admin.value(
        "SELECT string_agg(status || ' ' || code || ' ' || rows_out, ',') FROM audit.event WHERE action "
        "= 'audit.fetch' AND resource = '" +
        export_object(id) + "'");
  }
  void destroy_key() {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      app::DestroyKeys wanted{shop.tenant, {}, "ann", "a court has ordered it", true};
      must(co_await app::destroy_keys(backend, std::move(wanted)));
    });
  }

  World& world = World::shared();
  testing::SqlSession admin = world.sql();
  testing::TemporaryFolder place;
  Shop shop = world.add_shop();
  VerifierKey key;
};

TEST_F(SealedExportTest, ComesBackAsTheFolderThatItWouldHaveBeen) {
  // More than a page of events, and than a segment of the object.
  admin.value(
      "INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) SELECT ('01900000' || "
      "right(gen_random_uuid()::text, 28))::uuid, '" +
      to_string(shop.tenant) + "', 'order.list', 200, gen_random_uuid() FROM generate_series(1, 420)");
  const EventId id = must(make());
  const std::string stored = bytes_of(object(id));
  EXPECT_GT(stored.size(), 200'000u);
  for (const char* plain : {"zebra", "order.list", files::kManifest, "\"event_id\""})
    EXPECT_EQ(stored.find(plain), stored.npos) << plain;
  const int64_t events = must(fetch(id));
  const Report report = must(verify_export(folder(id), key));
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_EQ(report.entries + report.waiting, static_cast<uint64_t>(events));
  EXPECT_GT(report.entries, 420u);
  EXPECT_THAT(bytes_of(folder(id) / files::kJson), HasSubstr("zebra browser"));
  EXPECT_EQ(events_of_fetching(id), "200  " + std::to_string(events));
}

TEST_F(SealedExportTest, OfNothingIsAnExportToo) {
  const EventId id = must(make([](Export& wanted) { wanted.query.to = parse_time("2020-01-01T00:00:00Z"); }));
  EXPECT_EQ(must(fetch(id)), 0);
  EXPECT_THAT(must(verify_export(folder(id), key)).findings, IsEmpty());
}

TEST_F(SealedExportTest, EndsWithTheShopsKey) {
  const auto of_here = [](Export& wanted) { wanted.query.action = Text<1, 60>{"merchant.read"}; };
  const EventId mine = must(make(of_here));
  const EventId everybodys = must(make([&](Export& wanted) {
    of_here(wanted);
    wanted.tenant.reset();
    wanted.query.from = Time{now().micros - 60'000'000};
  }));
  destroy_key();
  const auto refused = fetch(mine);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("has ended"));
  EXPECT_FALSE(std::filesystem::exists(folder(mine)));
  EXPECT_EQ(events_of_fetching(mine), "409 conflict 0");
  EXPECT_THAT(bytes_of(object(mine)), AllOf(Not(IsEmpty()), Not(HasSubstr("zebra"))));
  EXPECT_EQ(make().error().code, Code::conflict) << "there is no key any more to close another one with";
  // docs/audit.md says so: what is everybody's does not end with one shop.
  must(fetch(everybodys));
  EXPECT_THAT(bytes_of(folder(everybodys) / files::kJson), HasSubstr("zebra browser"));
}

TEST_F(SealedExportTest, OpensAsItselfAlone) {
  const auto few = [](Export& wanted) { wanted.query.action = Text<1, 60>{"merchant.read"}; };
  const EventId first = must(make(few)), second = must(make(few));
  EXPECT_EQ(fetch(EventId::fresh()).error().code, Code::not_found);
  // Another export under its name; its own without the end; none.
  std::filesystem::copy(object(second), object(first), std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(fetch(first).error().code, Code::internal);
  EXPECT_FALSE(std::filesystem::exists(folder(first) / files::kManifest));
  std::filesystem::resize_file(object(second), std::filesystem::file_size(object(second)) - 1);
  EXPECT_EQ(fetch(second).error().code, Code::internal);
  EXPECT_FALSE(std::filesystem::exists(folder(second) / files::kManifest));
  std::filesystem::remove(object(second));
  EXPECT_EQ(fetch(second).error().code, Code::not_found);
  // Another export's key in its row.
  admin.value("UPDATE audit.export SET object_key = (SELECT object_key FROM audit.export WHERE export_id = '" +
              to_string(second) + "') WHERE export_id = '" + to_string(first) + "'");
  EXPECT_THROW((void)fetch(first), keys::Tampered);
}

TEST_F(SealedExportTest, ItsKeyIsTheIdentityLoginsToReadAndNobodysToChange) {
  must(make([](Export& wanted) { wanted.query.action = Text<1, 60>{"merchant.read"}; }));
  for (const char* login : {"cordon_api", "cordon_visitor", "cordon_worker", "cordon_audit", "cordon_monitor"})
    EXPECT_EQ(world.sql(login).run("SELECT object_key FROM audit.export"), "42501") << login;
  auto identities = world.sql("cordon_identity");
  EXPECT_NE(identities.value("SELECT count(*) FROM audit.export"), "0");
  EXPECT_EQ(identities.run("UPDATE audit.export SET tenant_id = NULL"), "42501");
  EXPECT_EQ(identities.run("DELETE FROM audit.export"), "42501");
}

}  // namespace
}  // namespace cordon::audit
