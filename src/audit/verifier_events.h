// The verifier's part about events that stand in the database: each is what its entry says, and no other is there.
#pragma once
#include "audit/let_go_check.h"
#include "audit/verifier_addresses.h"

namespace cordon::audit {

/// Goes through the events beside the entries, in the order of the log, and computes what each would be logged as
/// today. It asks the database for columns, and believes no function of the database's.
class EventCheck {
 public:
  EventCheck(Report& report, LetGoCheck& let_go, EventSource source)
      : report_(report),
        let_go_(let_go),
        identities_(std::move(source.identities)),
        addresses_(report, std::move(source.opener)) {}

  /// Compares a bundle with the events that stand where it does: those before `end` that were not compared yet, and
  /// where the bundle is the last one, those at `end` too.
  net::Task<Result<Done>> check(const BundlePart& bundle, LogPlace end, bool last);
  /// Counts the events that are left. They wait; those that nobody can have written yet do not, and were planted.
  net::Task<Result<Done>> rest();

 private:
  struct Gone;
  net::Task<Result<bool>> next();
  net::Task<Result<std::vector<StandingEvent>>> until(LogPlace end, bool with_end);
  std::vector<Gone> compare(const BundlePart& bundle, const std::vector<StandingEvent>& events);
  net::Task<Result<Done>> account(uint64_t bundle, std::vector<Gone> gone);

  Report& report_;
  LetGoCheck& let_go_;
  Ask identities_;
  AddressCheck addresses_;
  LogPlace last_;                    ///< of the events that were read
  std::vector<StandingEvent> read_;  ///< from next_ on, not compared yet
  size_t next_ = 0;
};

}  // namespace cordon::audit
