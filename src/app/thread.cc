#include "app/thread.h"

#include "identity/own_passes.h"

namespace cordon::app {

using door::Service;

namespace {

thread_local Station* current_station = nullptr;

/// Which logins a service works with. Only the identity service can make a seal; it is everything to everybody who
/// signs in, by a shop's link, by Shopify or as staff, and so it needs the others too.
const std::map<Service, std::set<std::string_view>>& logins() {
  static const std::map<Service, std::set<std::string_view>> table{
      {Service::api, {"cordon_api", "cordon_visitor", "cordon_audit"}},
      {Service::chat, {"cordon_api", "cordon_visitor", "cordon_audit"}},
      {Service::worker, {"cordon_worker", "cordon_audit"}},
      {Service::identity, {"cordon_identity", "cordon_api", "cordon_visitor", "cordon_worker", "cordon_audit"}}};
  return table;
}

/// Empty for a login that none of this process's services works with: its pool refuses.
std::string conninfo(const Shared& shared, std::string_view login) {
  for (const Service service : shared.config.services)
    if (logins().at(service).contains(login)) return shared.conninfo(login);
  return {};
}

db::PoolOptions options(const Config& config, int share) {
  db::PoolOptions made;
  made.connections = std::max(1, config.connections / share);
  return made;
}

/// A shop's people may read side by side on one connection; its shoppers, who are strangers to each other, may not.
db::PoolOptions side_by_side(db::PoolOptions made) {
  made.depth = 8;
  return made;
}

std::unique_ptr<keys::Kms> open_kms(const Config& config) {
  auto opened = keys::open_kms(config.kms, config.data);
  if (!opened) throw std::runtime_error(opened.error().detail);
  return std::move(*opened);
}

std::optional<identity::ServiceClient> client_of(const Shared& shared) {
  if (!shared.credentials) return std::nullopt;
  return identity::ServiceClient(shared.config.others, *shared.credentials);
}

}  // namespace

Station& here() { return *current_station; }

Thread::Thread(Shared& shared)
    : api_(conninfo(shared, "cordon_api"), side_by_side(options(shared.config, 1))),
      visitor_(conninfo(shared, "cordon_visitor"), options(shared.config, 1)),
      worker_(conninfo(shared, "cordon_worker"), options(shared.config, 2)),
      identities_(conninfo(shared, "cordon_identity"), options(shared.config, 2)),
      audits_(conninfo(shared, "cordon_audit"), options(shared.config, 6)),
      keyring_(open_kms(shared.config), shared.config.keys, audit::record_kms_ask),
      identity_(identities_, shared.signer, shared.config.seal_seconds, shared.config.idle),
      recorder_(audits_, shared.commits),
      limiter_(shared.config.rate_scale),
      api_tokens_(identities_, identity_, *shared.addresses),
      grants_(identities_, identity_),
      services_(client_of(shared)),
      passes_(shared.is(Service::identity)
                  ? std::unique_ptr<identity::Passes>(std::make_unique<identity::OwnPasses>(identity_, api_tokens_))
                  : std::make_unique<identity::RemotePasses>(*services_, shared.keys)),
      station{{api_, visitor_, worker_, *passes_, identity_, recorder_, limiter_, *shared.addresses, identities_},
              identity::Verifier(shared.keys),
              shared.proofs,
              api_tokens_,
              grants_} {
  if (services_) station.services = &*services_;
  if (!shared.is(Service::identity)) {
    station.remote = static_cast<identity::RemotePasses*>(passes_.get());
    return;
  }
  staff_.emplace(identity_, *shared.staff);
  exchange_.emplace(station.backend, api_tokens_, shared.signer);
  station.staff = &*staff_;
  station.exchange = &*exchange_;
}

void Thread::start() {
  station.answering = answering.get();
  thread = std::thread([this] {
    current_station = &station;
    keyring_.settle();
    recorder_.settle();
    reactor.run();
  });
}

}  // namespace cordon::app
