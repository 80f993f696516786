// Throttling: which counters a try stands against. They are in the database, so that all replicas count together.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::staff {

/// The counters of one try: after `free` tries in vain the delay doubles, up to `most` seconds.
struct Keys {
  std::vector<std::string> names;
  std::vector<std::string> free, most;  ///< numbers, beside the names
  std::string against;  ///< of the names, the counter of one account (by one browser, if it is known): see kSuspicious
  /// Where the first name is a network's at an account and the second the account's: counts the tries of networks that
  /// have not failed there. kFreeFirsts of them an hour do not wait for the account.
  std::optional<std::string> firsts;

  void add(std::string name, int free_tries, int most_seconds);
};

/// NIST SP 800-63B-4 section 3.2.2 allows as many failures against an account.
inline constexpr int kFreeFirsts = 100;

/// A password for `email` from `address`. The pair counts fast and the address counts everybody it tries. The account
/// alone only ever waits a minute, and only for whoever has failed there: strangers do not hold up its owner's first
/// try on a new machine. A browser that has signed in before (`device`, a digest) stands against a counter of its own.
Keys password_keys(std::string_view email, const std::string& address, const std::string& device);
/// A code or recovery code, by somebody who knows the password.
Keys code_keys(std::string_view staff, const std::string& device);
/// Telling an account's owner of tries in vain against it, or of one that came through after them: once an hour.
Keys notice_keys(std::string_view against, bool through);
/// A request to mail a reset link.
Keys mail_keys(std::string_view email, const std::string& address);

}  // namespace cordon::staff
