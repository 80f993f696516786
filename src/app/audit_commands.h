// What `cordon audit` does: the log, for an operator and for whoever checks on one.
#pragma once
#include "app/config.h"
#include "audit/row_counts.h"
#include "audit/search.h"
#include "audit/verifier.h"
#include "identity/backend.h"

namespace cordon::app {

struct VerifyLog {
  std::string url, folder;        ///< of a published log, or of a copy; neither: the database
  std::string exported;           ///< a folder with an export, in place of a log
  std::string trust;              ///< PEM file with the server's certificate; empty: the system's
  std::string key;                ///< whom to believe; empty: the policy's log, or the database's own word
  std::string policy;             ///< a file that says whose cosignatures are asked for; empty: nobody's
  std::vector<std::string> seen;  ///< files with checkpoints from before
  std::string copy;               ///< a folder to copy a published log to, if it is sound
};

/// Prints the key that signs the log, as verifiers take it.
net::Task<Result<Done>> print_log_key(identity::Backend& backend);
/// Says what is verified, or each finding: Code::conflict then.
net::Task<Result<Done>> verify_log(identity::Backend* backend, VerifyLog in);
/// Compares what PostgreSQL counted with what is recorded: says so, or each statement of which more was seen, and
/// Code::conflict then.
net::Task<Result<Done>> compare_rows(identity::Backend& backend, std::chrono::seconds settle);
/// Ends the log, because of `why`, and begins a new one: tells of both, and puts the new one's first checkpoint into
/// the data folder.
net::Task<Result<Done>> begin_new_log(identity::Backend& backend, const Config& config, std::string why);
/// Events as JSON, one a line, newest first, as many as the query's limit: with each its place in the log and its
/// commitment's parts. Leaves the event `audit.list`.
net::Task<Result<Done>> print_events(identity::Backend& backend, std::optional<TenantId> tenant,
                                     audit::EventQuery query);
/// The last 20 events as print_events() has them, but oldest first; then, if they are followed, new ones as they come,
/// until the process is asked to end (SIGINT or SIGTERM, which it has blocked) or nobody reads any more.
net::Task<Result<Done>> print_tail(identity::Backend& backend, std::optional<TenantId> tenant, audit::EventQuery query,
                                   bool follow);

}  // namespace cordon::app
