// The formats of docs/keys.md, in both directions: opens bytes that another program has closed by that page
// (tests/outside/key_formats.json), and closes some that the same program opens (tests/outside/keys.test.mjs).
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "keys/data_key.h"
#include "keys/file_kms.h"
#include "keys/wrapping.h"
#include "support/served.h"

namespace cordon::keys {

/// Keys, what they wrap, and a field; bytes are base64url.
struct Formats {
  std::string kms_key, tenant, subject, row, field, plain, index_key;
  int64_t tenant_key_version = 0, data_key_version = 0;
  std::string wrapped_tenant_key, wrapped_data_key, closed, index;

  TenantId tenant_id() const { return *TenantId::parse(tenant); }
  Uuid subject_id() const { return *parse_uuid(subject); }
  Uuid row_id() const { return *parse_uuid(row); }
};
BOOST_DESCRIBE_STRUCT(Formats, (),
                      (kms_key, tenant, tenant_key_version, subject, data_key_version, row, field, plain, index_key,
                       wrapped_tenant_key, wrapped_data_key, closed, index))

namespace {

using testing::must;

constexpr Field kClosedField{"commerce.customer", "name"};

std::string base64_of(std::string_view bytes) {
  return to_base64url({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

/// A key file with one key.
std::string key_file(const std::string& key) {
  return R"({"format":"cordon-kms-1","passphrase":null,"versions":[{"version":1,"state":"primary",)"
         R"("made_at":"2026-01-01T00:00:00.000000Z","key":")" +
         key + "\"}]}";
}

DataKey data_key(const Formats& of, const Uuid& subject, int64_t version, Secret bytes) {
  auto versions = std::make_shared<DataKey::Versions>();
  versions->tenant = of.tenant_id();
  versions->subject = subject;
  versions->by_number[version].emplace(std::move(bytes));
  versions->active_from[version] = Time{};
  return DataKey(std::move(versions));
}

std::string index_of(const Formats& of) {
  return base64_of(
      data_key(of, kIndex, 1, Secret::of(from_base64url(of.index_key))).index(kClosedField, of.plain).value);
}

TEST(KeyFormats, OpensWhatAnotherWriterClosed) {
  const auto of = must(json::decode<Formats>(must(read_whole(CORDON_SOURCE_DIR "/tests/outside/key_formats.json"))));
  const testing::TemporaryFolder folder;
  must(write_whole(folder.path() / "kms.key", key_file(of.kms_key)));
  testing::run([&]() -> net::Task<void> {
    auto kms = must(FileKms::open(folder.path() / "kms.key", {}, false));
    const Wrapped wrapped{"1", from_base64url(of.wrapped_tenant_key)};
    const std::string aad = tenant_key_aad(of.tenant_id(), of.tenant_key_version);
    Xaes tenant_key(must(co_await kms->unwrap(wrapped, aad)));
    auto bytes = tenant_key.open_secret(data_key_aad(of.tenant_id(), of.subject_id(), of.data_key_version),
                                        from_base64url(of.wrapped_data_key));
    if (!bytes) throw std::runtime_error("the data key does not open");
    const DataKey key = data_key(of, of.subject_id(), of.data_key_version, std::move(*bytes));
    EXPECT_EQ(key.open(kClosedField, of.row_id(), from_base64url(of.closed)), of.plain);
  });
  EXPECT_EQ(index_of(of), of.index);
}

TEST(KeyFormats, WritesWhatAnotherReaderOpens) {
  const char* file = std::getenv("KEY_FORMATS");
  if (file == nullptr) GTEST_SKIP() << "tests/outside/keys.test.mjs says where to";
  const Secret kms_key = Secret::random(kKeyBytes), bytes = Secret::random(kKeyBytes);
  Formats of;
  of.kms_key = base64_of(kms_key.view());
  of.tenant = to_string(TenantId::fresh());
  of.subject = to_string(new_uuid());
  of.row = to_string(new_uuid());
  of.field = std::string(kClosedField.table) + "." + std::string(kClosedField.column);
  of.plain = "Bob Ray";
  of.index_key = random_secret();
  of.tenant_key_version = 5;
  of.data_key_version = 70'000;
  of.index = index_of(of);
  Xaes tenant_key(Secret::random(kKeyBytes));
  std::string wrapped;
  tenant_key.seal(wrapped, data_key_aad(of.tenant_id(), of.subject_id(), of.data_key_version), bytes.view());
  of.wrapped_data_key = base64_of(wrapped);
  const DataKey key = data_key(of, of.subject_id(), of.data_key_version, Secret::of(bytes.view()));
  of.closed = base64_of(key.close(kClosedField, of.row_id(), of.plain).value);
  const testing::TemporaryFolder folder;
  must(write_whole(folder.path() / "kms.key", key_file(of.kms_key)));
  testing::run([&]() -> net::Task<void> {
    auto kms = must(FileKms::open(folder.path() / "kms.key", {}, false));
    const std::string aad = tenant_key_aad(of.tenant_id(), of.tenant_key_version);
    of.wrapped_tenant_key = base64_of(must(co_await kms->wrap(tenant_key.key().view(), aad)).bytes);
  });
  must(write_whole(file, json::encode(of)));
}

}  // namespace
}  // namespace cordon::keys
