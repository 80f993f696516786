// What a field and a wrapped key are bound to: the same key bytes with other ids open nothing.
#include "keys/data_key.h"

#include <gtest/gtest.h>

#include "keys/file_kms.h"
#include "keys/wrapping.h"
#include "support/served.h"

namespace cordon::keys {
namespace {

using testing::must;

/// The same bytes, whoever's they are.
Xaes one_key() { return Xaes(Secret::of(std::string(kKeyBytes, 'k'))); }
DataKey one_data_key(TenantId tenant) {
  auto versions = std::make_shared<DataKey::Versions>();
  versions->tenant = tenant;
  versions->subject = new_uuid();
  versions->by_number[1].emplace(one_key());
  versions->active_from[1] = Time{};
  return DataKey(std::move(versions));
}

TEST(DataKey, AFieldIsBoundToItsTenantTableColumnAndRow) {
  const auto tenant = TenantId::fresh();
  const Uuid row = new_uuid();
  const Field name{"commerce.customer", "name"}, email{"commerce.customer", "email"},
      theirs{"commerce.visitor", "name"};
  const std::string closed = one_data_key(tenant).close(name, row, "Ann Lee").value;
  EXPECT_EQ(one_data_key(tenant).open(name, row, closed), "Ann Lee");
  EXPECT_THROW(one_data_key(TenantId::fresh()).open(name, row, closed), Tampered) << "another tenant";
  EXPECT_THROW(one_data_key(tenant).open(theirs, row, closed), Tampered) << "another table";
  EXPECT_THROW(one_data_key(tenant).open(email, row, closed), Tampered) << "another column";
  EXPECT_THROW(one_data_key(tenant).open(name, new_uuid(), closed), Tampered) << "another row";
}

TEST(DataKey, IsWrappedForItsTenantSubjectAndVersion) {
  const auto tenant = TenantId::fresh();
  const Uuid subject = new_uuid();
  std::string wrapped;
  one_key().seal(wrapped, data_key_aad(tenant, subject, 1), "a data key");
  EXPECT_EQ(one_key().open(data_key_aad(tenant, subject, 1), wrapped), "a data key");
  EXPECT_FALSE(one_key().open(data_key_aad(TenantId::fresh(), subject, 1), wrapped));
  EXPECT_FALSE(one_key().open(data_key_aad(tenant, new_uuid(), 1), wrapped));
  EXPECT_FALSE(one_key().open(data_key_aad(tenant, subject, 2), wrapped));
}

TEST(DataKey, ATenantsKeyIsWrappedForItAndItsVersion) {
  const testing::TemporaryFolder folder;
  const auto tenant = TenantId::fresh(), other = TenantId::fresh();
  testing::run([&]() -> net::Task<void> {
    auto kms = must(FileKms::open(folder.path() / "kms.key", {}));
    const std::string aad = tenant_key_aad(tenant, 1);
    TenantKeyRow row;
    row.wrapped = must(co_await kms->wrap("a tenant's key", aad));
    row.version = 1;
    EXPECT_EQ(must(co_await unwrap(*kms, tenant, row)).view(), "a tenant's key");
    EXPECT_EQ((co_await unwrap(*kms, other, row)).error().code, Code::internal);
    row.version = 2;
    EXPECT_EQ((co_await unwrap(*kms, tenant, row)).error().code, Code::internal);
  });
}

}  // namespace
}  // namespace cordon::keys
