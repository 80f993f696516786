#include "audit/log_key.h"

#include <openssl/crypto.h>

#include <boost/json/serialize.hpp>

#include "audit/closing.h"
#include "keys/keyring.h"

namespace cordon::audit {

namespace {

keys::SigningKey opened(const keys::DataKey& key, const Uuid& log, std::string_view closed) {
  std::string plain = key.open(kLogKey, log, closed);
  const auto seed = keys::Secret::of(plain);
  OPENSSL_cleanse(plain.data(), plain.size());
  return keys::SigningKey(seed);
}

/// A log that is in no database yet.
struct Fresh {
  Uuid id;
  keys::SigningKey signer;
  VerifierKey key;
  db::Bytes closed;
};

Fresh fresh_log(const keys::DataKey& platform, std::string origin) {
  const Uuid id = new_uuid();
  const auto seed = keys::Secret::random(32);
  const keys::SigningKey signer(seed);
  if (origin.empty()) origin = "cordon.invalid/" + to_string(id);
  return {id, signer, {origin, SignatureType::ed25519, signer.public_key()}, platform.close(kLogKey, id, seed.view())};
}

Event begun(const Log& ended, const VerifierKey& key, const std::string& why) {
  Event event = event_of("log.begin", "COMMAND");
  event.role = "operator";
  event.detail = boost::json::serialize(
      boost::json::object{{"log", key.name}, {"before", ended.key.name}, {"before_entries", ended.size}, {"why", why}});
  return event;
}

}  // namespace

net::Task<Result<keys::SigningKey>> log_key(db::Pool& identities, TenantId platform, std::string origin) {
  std::vector<Uuid> subjects{platform.value};
  auto found = co_await keys::Keyring::current().make(identities, platform, std::move(subjects));
  if (!found) co_return std::unexpected(found.error());
  const keys::DataKey& key = found->of(platform);
  auto stands = co_await closed_key(identities);
  if (!stands) co_return std::unexpected(stands.error());
  if (stands->second.empty()) {
    const Fresh fresh = fresh_log(key, std::move(origin));
    auto made = co_await make_log(identities, fresh.id, fresh.key, fresh.closed);
    if (!made) co_return std::unexpected(made.error());
    // Another replica may have been faster: then its key is the log's.
    stands = co_await closed_key(identities);
    if (!stands) co_return std::unexpected(stands.error());
  }
  co_return opened(key, stands->first, stands->second);
}

net::Task<Result<BegunLog>> begin_new_log(db::Pool& identities, const Log& ended, TenantId platform, std::string origin,
                                          std::string why) {
  std::vector<Uuid> subjects{platform.value};
  auto found = co_await keys::Keyring::current().make(identities, platform, std::move(subjects));
  if (!found) co_return std::unexpected(found.error());
  const Fresh fresh = fresh_log(found->of(platform), std::move(origin));
  auto renumbered = co_await renumber_events(identities);
  if (!renumbered) co_return std::unexpected(renumbered.error());
  db::Query event = append(ClosedEvent::of(begun(ended, fresh.key, why)));
  auto replaced = co_await replace_log(identities, fresh.id, fresh.key, fresh.closed, why, std::move(event));
  if (!replaced && replaced.error().code == Code::conflict)
    co_return fail(Code::conflict, "the log " + ended.key.name + " has no entries yet, or there has been a log named " +
                                       fresh.key.name + ": give --log-origin another name");
  if (!replaced) co_return std::unexpected(replaced.error());
  BegunLog out;
  out.key = fresh.key;
  out.renumbered = *renumbered;
  const std::string text = Checkpoint{fresh.key.name, 0, empty_root()}.to_text();
  out.note = text + "\n" + signature_line(fresh.key.name, fresh.signer, text);
  co_return out;
}

}  // namespace cordon::audit
