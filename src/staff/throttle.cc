#include "staff/throttle.h"

#include "base/address.h"

namespace cordon::staff {

void Keys::add(std::string name, int free_tries, int most_seconds) {
  names.push_back(std::move(name));
  free.push_back(std::to_string(free_tries));
  most.push_back(std::to_string(most_seconds));
}

Keys password_keys(std::string_view email, const std::string& address, const std::string& device) {
  Keys keys;
  const std::string account(email), network = network_of(address);
  if (!device.empty()) {
    keys.add(keys.against = "device " + device, 5, 900);
    return keys;
  }
  keys.add("pair " + account + " " + network, 3, 900);
  keys.add(keys.against = "account " + account, 10, 60);
  keys.add("address " + network, 20, 900);
  keys.firsts = "first tries of " + account;
  return keys;
}

Keys code_keys(std::string_view staff, const std::string& device) {
  Keys keys;
  keys.against = device.empty() ? "code " + std::string(staff) : "code of device " + device;
  keys.add(keys.against, 5, 900);
  return keys;
}

Keys notice_keys(std::string_view against, bool through) {
  Keys keys;
  // So far below none free that the first already makes the next wait for the most.
  keys.add((through ? "told of success, " : "told of tries, ") + std::string(against), -12, 3600);
  return keys;
}

Keys mail_keys(std::string_view email, const std::string& address) {
  Keys keys;
  keys.add("mail to " + std::string(email), 2, 900);
  keys.add("mail from " + network_of(address), 10, 900);
  return keys;
}

}  // namespace cordon::staff
