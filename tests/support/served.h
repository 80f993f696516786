// A server with a handler of the test's own: the wire without routes and without a database.
#pragma once
#include <thread>

#include "base/log.h"
#include "net/server.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon::testing {

class Served {
 public:
  explicit Served(net::Handler handler, std::function<void(net::ServerOptions&)> settings = {}) {
    log::set_level("off");
    net::ServerOptions options;
    options.port = 0;
    options.tls = must(net::self_signed(folder_.path()));
    if (settings) settings(options);
    server_ = std::make_unique<net::Server>(options, std::vector<net::Reactor*>{&reactor_}, std::move(handler));
    thread_ = std::thread([this] { reactor_.run(); });
  }
  ~Served() {
    server_->drain(std::chrono::seconds(10));
    reactor_.stop();
    thread_.join();
    log::set_level("error");
  }

  net::Server& server() { return *server_; }
  uint16_t port() const { return server_->port(); }
  /// What a client has to trust.
  std::filesystem::path certificate() const { return folder_.path() / "tls" / "certificate.pem"; }

 private:
  TemporaryFolder folder_;
  net::Reactor reactor_;
  std::unique_ptr<net::Server> server_;
  std::thread thread_;
};

/// A handler that answers "hello".
inline net::Task<net::Response> greet(net::Request&) {
  net::Response response;
  response.body = "hello";
  co_return response;
}

/// Runs a coroutine to its end, on a reactor of its own on this thread; throws what it throws.
inline void run(const std::function<net::Task<void>()>& work) {
  net::Reactor reactor;
  std::exception_ptr thrown;
  const auto whole = [&]() -> net::Task<void> {
    try {
      co_await work();
    } catch (...) {
      thrown = std::current_exception();
    }
    reactor.stop();
  };
  reactor.post([&] { reactor.spawn(whole()); });
  reactor.run();
  if (thrown) std::rethrow_exception(thrown);
}

/// Waits until `done` holds; false if it does not within 15 s.
inline bool eventually(const std::function<bool()>& done) {
  for (int i = 0; i < 1500 && !done(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return done();
}

}  // namespace cordon::testing
