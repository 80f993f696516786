#include "identity/service_client.h"

#include "base/json.h"

namespace cordon::identity {

namespace {

/// What another service refused, as the error that it was there.
Error refusal(const net::Reply& reply) {
  Error error{Code::unavailable, "Another service does not answer as it should; try again.", {}};
  const auto body = json::parse_object(reply.body);
  const auto code = body ? read_code(json::text_of(*body, "code")) : std::nullopt;
  if (!code) return error;
  error.code = *code;
  for (const char* member : {"detail", "error_description"})
    if (const auto text = json::text_of(*body, member); !text.empty()) error.detail = std::string(text);
  return error;
}

}  // namespace

ServiceClient::ServiceClient(std::map<door::Service, Address> services, const net::Credentials& credentials)
    : addresses_(std::move(services)) {
  for (const auto& [service, address] : addresses_)
    clients_.emplace(service, std::make_unique<net::Clients>(options(service, credentials)));
}

net::ClientOptions ServiceClient::options(door::Service service, const net::Credentials& credentials) const {
  net::ClientOptions made;
  made.host = addresses_.at(service).host;
  made.port = addresses_.at(service).port;
  made.trust = credentials.authority;
  made.own = credentials.own;
  made.service = to_string(service);
  made.patience = std::chrono::seconds(5);
  return made;
}

Result<Done> ServiceClient::renew(const net::Credentials& credentials) {
  Result<Done> renewed = Done{};
  for (auto& [service, clients] : clients_)
    if (auto one = clients->renew(options(service, credentials)); !one) renewed = one;
  return renewed;
}

net::Task<Result<net::Reply>> ServiceClient::request(door::Service service, net::Method method, std::string target,
                                                     std::vector<net::Header> headers, std::string body, bool again) {
  const auto found = clients_.find(service);
  if (found == clients_.end())
    co_return fail(Code::unavailable, "This process knows no `" + std::string(to_string(service)) + "` service.");
  auto reply = co_await found->second->request(method, std::move(target), std::move(headers), std::move(body), again);
  if (reply && reply->status >= 400) co_return std::unexpected(refusal(*reply));
  co_return reply;
}

net::Task<Result<net::Reply>> ServiceClient::call(door::Service service, net::Method method, std::string target,
                                                  std::string token, std::string body, bool again) {
  std::vector<net::Header> headers;
  if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
  co_return co_await request(service, method, std::move(target), std::move(headers), std::move(body), again);
}

net::Task<Result<net::Reply>> ServiceClient::post_form(door::Service service, std::string target,
                                                       const std::vector<net::Header>& fields, bool again) {
  std::vector<net::Header> headers{{"Content-Type", "application/x-www-form-urlencoded"}};
  co_return co_await request(service, net::Method::post, std::move(target), std::move(headers),
                             net::write_query(fields), again);
}

}  // namespace cordon::identity
