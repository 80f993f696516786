// The services that the server consists of: all in one process, or each in processes of its own.
#pragma once
#include <optional>
#include <set>
#include <string_view>

namespace cordon::door {

enum class Service {
  api,       ///< what merchants and programs ask, and the pages
  chat,      ///< the sockets
  identity,  ///< who somebody is: the only one that can make a seal
  worker,    ///< background work
};
using Services = std::set<Service>;

/// "chat": in configuration, in certificates and in tokens.
std::string_view to_string(Service service);
/// nullopt for the name of none.
std::optional<Service> read_service(std::string_view name);
/// Every service.
const Services& all_services();

}  // namespace cordon::door
