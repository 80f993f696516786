// The two kinds of socket.
#pragma once
#include "chat/live_session.h"

namespace cordon::chat {

/// A shopper's socket: its own conversation, messages after `after` first.
net::Task<void> serve_widget(net::Socket& socket, identity::Backend& backend, Live& live,
                             std::shared_ptr<const door::Pass> pass, net::Request& request, int64_t after);

/// A merchant's socket: every conversation of the shop as a summary, and one watched conversation's messages.
net::Task<void> serve_inbox(net::Socket& socket, identity::Backend& backend, Live& live,
                            std::shared_ptr<const door::Pass> pass, net::Request& request);

}  // namespace cordon::chat
