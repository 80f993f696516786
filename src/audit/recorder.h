// The recorder: makes events durable before their answers leave.
#pragma once
#include "audit/group_commit.h"
#include "audit/log_store.h"
#include "keys/kms.h"

namespace cordon::audit {

/// One reactor's. What it records goes into the database together with what the process's others record.
class Recorder {
 public:
  /// Held while something is under way that will leave an event, until that is on record.
  class Coming {
   public:
    explicit Coming(Recorder& recorder);
    ~Coming();
    Coming(const Coming&) = delete;

   private:
    Recorder& recorder_;
  };

  Recorder(db::Pool& pool, GroupCommit& commits) : pool_(pool), commits_(commits) {}
  ~Recorder();
  Recorder(const Recorder&) = delete;

  /// The recorder of the thread that calls; throws std::logic_error where it has none.
  static Recorder& current();
  /// Makes it the calling thread's, until it goes: what runs there in scopes and is in nobody's event gets one of its
  /// own.
  void settle();

  /// Returns once the event is durable. Code::unavailable if it is not: then the answer must not leave.
  net::Task<Result<Done>> record(Event event);
  /// Returns once what ended scopes left untold is on record, or could not be.
  net::Task<void> told();
  /// Whether the database answers: an audit event is the one thing that every request needs.
  net::Task<Result<Done>> answers();
  /// Reads the keys that close events, and adds them.
  keys::Transact keys() { return through(pool_); }
  /// The log that the events go into.
  LogStore log() { return LogStore(through(pool_)); }

 private:
  net::Task<void> record_untold(Event event);

  db::Pool& pool_;
  GroupCommit& commits_;
  Recorder* before_ = nullptr;  ///< the thread's, until settle()
  int untold_ = 0;              ///< events of ended scopes that are not on record yet
};

/// Puts on record that something is about to leave for `where`, outside of Cordon. What fails must not be sent.
/// `detail` is JSON.
net::Task<Result<Done>> record_egress(door::AuditAction action, std::optional<TenantId> tenant, std::string where,
                                      std::string detail);
/// The same of what a KMS is about to be asked, and of what has become of its keys (keys::BeforeAsk).
inline net::Task<Result<Done>> record_kms_ask(keys::KmsAsk ask) {
  return record_egress(ask.action, ask.tenant, std::move(ask.what), std::move(ask.detail));
}

}  // namespace cordon::audit
