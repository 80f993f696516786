#include "net/clients.h"

#include "base/log.h"

namespace cordon::net {

Clients::Clients(ClientOptions options, size_t kept)
    : first_(std::make_unique<Client>(std::move(options))), kept_(kept) {}

/// The one used last, since it is the least likely to have been closed; null if there is none.
std::unique_ptr<Client> Clients::idle_one() {
  while (!idle_.empty()) {
    auto client = std::move(idle_.back());
    idle_.pop_back();
    if (client->connected()) return client;
  }
  return nullptr;
}

Task<Result<Reply>> Clients::request(Method method, std::string target, std::vector<Header> headers, std::string body,
                                     bool again) {
  auto client = idle_one();
  const bool used = client != nullptr;
  if (!used) client = first_->another();
  int made = renewals_;
  auto reply = co_await client->request(method, target, headers, body);
  if (!reply && used && again && client->hung_up()) {
    client = first_->another();
    made = renewals_;
    reply = co_await client->request(method, std::move(target), std::move(headers), std::move(body));
  }
  if (made == renewals_ && idle_.size() < kept_ && client->connected()) idle_.push_back(std::move(client));
  co_return reply;
}

Result<Done> Clients::renew(ClientOptions options) {
  try {
    first_ = std::make_unique<Client>(std::move(options));
  } catch (const std::exception& e) {
    log::error("the certificates stay as they were", {{"error", e.what()}});
    return fail(Code::invalid, e.what());
  }
  ++renewals_;
  idle_.clear();
  return Done{};
}

}  // namespace cordon::net
