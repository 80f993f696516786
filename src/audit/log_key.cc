#include "audit/log_key.h"

#include <openssl/crypto.h>

#include "base/random.h"
#include "keys/keyring.h"

namespace cordon::audit {

static keys::SigningKey opened(const keys::DataKey& key, const Uuid& log, std::string_view closed) {
  std::string plain = key.open(kLogKey, log, closed);
  const auto seed = keys::Secret::of(plain);
  OPENSSL_cleanse(plain.data(), plain.size());
  return keys::SigningKey(seed);
}

net::Task<Result<keys::SigningKey>> log_key(db::Pool& identities, TenantId platform, std::string origin) {
  std::vector<Uuid> subjects{platform.value};
  auto found = co_await keys::Keyring::current().make(identities, platform, std::move(subjects));
  if (!found) co_return std::unexpected(found.error());
  const keys::DataKey& key = found->of(platform);
  auto stands = co_await closed_key(identities);
  if (!stands) co_return std::unexpected(stands.error());
  if (stands->second.empty()) {
    const Uuid id = new_uuid();
    const auto seed = keys::Secret::random(32);
    const keys::SigningKey fresh(seed);
    if (origin.empty()) origin = "cordon.invalid/" + to_string(id);
    const VerifierKey named{origin, SignatureType::ed25519, fresh.public_key()};
    auto made = co_await make_log(identities, id, named, key.close(kLogKey, id, seed.view()));
    if (!made) co_return std::unexpected(made.error());
    // Another replica may have been faster: then its key is the log's.
    stands = co_await closed_key(identities);
    if (!stands) co_return std::unexpected(stands.error());
  }
  co_return opened(key, stands->first, stands->second);
}

}  // namespace cordon::audit
