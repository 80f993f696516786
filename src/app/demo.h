// `cordon demo`: opens stores on a running server and lets shoppers chat in them.
#pragma once
#include <filesystem>

#include "app/config.h"

namespace cordon::app {

struct DemoOptions {
  std::filesystem::path folder;  ///< data/demo, or a folder with shopify_products/, multidogo/ and abcd/
  int turns = 0;                 ///< shoppers' turns to replay at most, 0 all
  int at_once = 24;              ///< conversations at the same time
};

/// Imports catalogues, policies, customers and orders; replays conversations through the widget's socket; prints the
/// addresses and one-use sign-in links. A shop that is whole is left as it is; one that an interrupted run has left is
/// gone on with behind the chats that are there, and the few that were cut short stay so. Shows progress on standard
/// error. Returns the exit status.
int open_demo(const Config& config, const DemoOptions& options);

}  // namespace cordon::app
