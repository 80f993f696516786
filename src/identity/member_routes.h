// The people of a shop: who they are, inviting them, letting them in again, changing what they may, letting them go.
#pragma once
#include "door/routes.h"
#include "identity/backend.h"

namespace cordon::identity {

/// How mail leaves, and who asks for too much of it: the staff's way (staff/staff.h), whose floor is above this one.
struct Post {
  std::function<bool()> ready;  ///< whether mail is set up
  /// Counts somebody at `address` who has mail sent to `to`. Code::rate_limited with the seconds to wait.
  std::function<net::Task<Result<Done>>(std::string to, std::string address)> may;
  /// Sends after the answer, which neither waits for it nor tells of it.
  std::function<void(TenantId about, std::string to, std::string subject, std::string text)> send;
  std::function<std::string()> origin;  ///< of the console: "https://console.example"
};

void add_member_routes(door::Routes& routes, std::function<Backend&()> here);
/// The one route for people who are not signed in: it has a link mailed to them.
void add_member_link_routes(door::Routes& routes, std::function<Backend&()> here, Post post);

}  // namespace cordon::identity
