// The subcommands of `cordon audit`, and what they are told.
#pragma once
#include "app/audit_commands.h"
#include "app/export_commands.h"

namespace CLI {
class App;
}

namespace cordon::app {

struct AuditCommands {
  explicit AuditCommands(CLI::App& app);
  AuditCommands(const AuditCommands&) = delete;
  /// Returns the exit status.
  int run(const Config& config) const;

  CLI::App* all;

 private:
  void add_verify();
  void add_search();
  void add_exports();
  void add_filters(CLI::App* command);
  void add_retention();
  Result<audit::EventQuery> query() const;
  net::Task<Result<Done>> export_events(identity::Backend& backend, std::optional<TenantId> tenant,
                                        audit::EventQuery query) const;
  /// What is about how long events stay.
  net::Task<Result<Done>> keep(identity::Backend& backend, std::optional<TenantId> tenant) const;

  CLI::App *key_, *verify_, *begin_, *search_, *export_, *fetch_, *exports_, *tail_, *rows_, *let_go_, *hold_,
      *release_, *statements_;
  VerifyLog wanted_;
  std::string why_;
  std::optional<std::string> shop_;
  std::string action_, resource_, subject_, code_, address_, from_, to_, export_folder_, store_, export_id_,
      format_ = "both";
  bool follow_ = false, dry_ = false, everybody_ = false;
  int status_ = 0;
  int64_t limit_ = 50;
  int settle_ = 20;  // as long as an event may wait for its commit
};

}  // namespace cordon::app
