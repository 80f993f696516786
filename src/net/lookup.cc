#include "net/lookup.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/reactor.h"

namespace cordon::net {

namespace {

using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

struct Lookup {
  Resolver resolver;
  std::string host;
  std::vector<std::string> found;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    resolver.async_resolve(host, "", [this, h](boost::system::error_code, const Resolver::results_type& results) {
      for (const auto& one : results) found.push_back(one.endpoint().address().to_string());
      h.resume();
    });
  }
  void await_resume() const noexcept {}
};

}  // namespace

Task<std::vector<std::string>> addresses_of(std::string host) {
  Lookup lookup{Resolver(Reactor::current().context()), std::move(host), {}};
  co_await lookup;
  co_return std::move(lookup.found);
}

}  // namespace cordon::net
