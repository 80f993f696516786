// The process: threads, routes and the servers, put together.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "app/gateway.h"
#include "app/routes.h"
#include "app/service_gateway.h"
#include "app/thread.h"
#include "audit/witnesses.h"
#include "base/file_stamp.h"
#include "chat/bus.h"
#include "net/server.h"

namespace cordon::app {

/// What staff's sign-in needs besides the database; `port` is the one that the console is served on.
std::unique_ptr<staff::Shared> share_staff(const Config& config, std::function<uint16_t()> port);

/// The services' certificates: the configured ones, or from the data folder, renewed if it is time.
Result<net::Credentials> service_credentials(const Config& config);

class Process {
 public:
  Process(const Config& config, Conninfo conninfo);
  /// Drains: finishes what is under way, closes sockets so that clients come back elsewhere, then stops. At most
  /// `limit`.
  ~Process();

  uint16_t port() const;
  /// Where the other services ask this one; 0 if nowhere.
  uint16_t service_port() const;
  /// Waits until the database and, if that is another process, the identity service have answered once, or says why
  /// not.
  Result<Done> ready(std::chrono::seconds limit);
  void drain(std::chrono::milliseconds limit);
  net::Server& server() { return *server_; }
  chat::Hub& hub() { return *hub_; }
  /// Makes the services' certificates anew if it is time, and uses what stands in the files by now.
  void renew_certificates();
  /// Reads every certificate again, for the connections to come; what does not do is logged, and the old ones go on.
  /// Any thread; returns before it is done.
  void reload_certificates();

 private:
  void start_threads();
  void start_servers();
  void run(Thread& thread, bool first);
  /// Has the assistant do a job that a socket of this reactor has just queued.
  void have_answered(const identity::PassPtr& pass, JobId job);
  net::Task<void> keep_house(Thread& thread);
  net::Task<void> sweep_each_minute(Thread& thread);
  /// Puts events into the audit log, whenever it is this process's turn.
  net::Task<void> grow_log(Thread& thread);
  /// Makes, once an hour, what days of the audit log lack: partitions of those to come, indexes of those that are over.
  net::Task<void> keep_days();
  /// Takes up a public certificate that was replaced, within a second or two.
  net::Task<void> watch_certificate();
  net::Task<net::Response> handle(net::Request& request);

  Shared shared_;
  std::atomic<uint16_t> port_{0};
  std::vector<std::unique_ptr<Thread>> threads_;
  std::unique_ptr<audit::Witnesses> witnesses_;  ///< of the first thread; null where nobody cosigns the audit log
  std::unique_ptr<chat::Hub> hub_;
  std::unique_ptr<chat::Bus> bus_;
  std::unique_ptr<chat::Live> live_;
  door::Routes routes_, service_routes_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<ServiceGateway> service_gateway_;
  std::unique_ptr<net::Server> server_, service_server_;
  std::array<FileStamp, 3> certificates_of_{};  ///< of those in use; of none where one of them could not be read
  std::atomic<bool> stopping_{false};
};

}  // namespace cordon::app
