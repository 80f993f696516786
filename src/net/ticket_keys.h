// The keys of TLS session tickets (RFC 8446 section 4.6.1): a ticket is a session, sealed for its server's eyes.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

struct ssl_ctx_st;

namespace cordon::net {

/// How long a ticket can be used, and a key seals.
inline constexpr std::chrono::seconds kTicketLife = std::chrono::hours(1);

/// By which keys end; tests turn it.
using TicketClock = std::function<std::chrono::steady_clock::time_point()>;

/// What tickets are sealed with. Wiped at its end, as every copy is.
struct TicketKey {
  std::chrono::steady_clock::time_point made{};
  std::array<uint8_t, 16> name{};                ///< random; stands in front of each ticket, to be read by anybody
  std::array<uint8_t, 32> encrypts{}, proves{};  ///< for AES-256-CBC, and for HMAC-SHA-256 over what that made

  TicketKey() = default;
  TicketKey(const TicketKey&) = default;
  TicketKey& operator=(const TicketKey&) = default;
  ~TicketKey();
};

/// The key that seals and the one before it. A key seals for kTicketLife and opens for as long again, so a ticket opens
/// until it ends, and nothing does afterwards. Keys are made of random bytes when they are needed, stay in this
/// process's memory and are never written down. Any thread.
class TicketKeys {
 public:
  explicit TicketKeys(TicketClock clock = std::chrono::steady_clock::now);

  /// The key to seal with now.
  TicketKey sealing();
  struct Found {
    TicketKey key;
    bool old = false;  ///< it seals no more: who comes with a ticket of it is given a new one
  };
  /// The key of that name, unless it has ended or never was.
  std::optional<Found> opening(std::span<const uint8_t, 16> name);

 private:
  void turn(std::chrono::steady_clock::time_point now);

  TicketClock clock_;
  std::mutex mutex_;  ///< guards what follows
  TicketKey present_;
  std::optional<TicketKey> before_;
};

/// Has every server connection of `context` seal and open its tickets with `keys`, which live as long as the context
/// does. A ticket that does not open means a full handshake and nothing else.
void use_ticket_keys(ssl_ctx_st* context, std::unique_ptr<TicketKeys> keys);

}  // namespace cordon::net
