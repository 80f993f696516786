#include "door/service.h"

#include <algorithm>
#include <array>

namespace cordon::door {

static constexpr std::array<std::string_view, 4> kNames{"api", "chat", "identity", "worker"};

std::string_view to_string(Service service) { return kNames[static_cast<size_t>(service)]; }

std::optional<Service> read_service(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Service>(found - kNames.begin());
}

const Services& all_services() {
  static const Services all{Service::api, Service::chat, Service::identity, Service::worker};
  return all;
}

}  // namespace cordon::door
