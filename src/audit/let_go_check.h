// The verifier's part about events that are gone: which of them a statement accounts for.
#pragma once
#include <map>

#include "audit/let_go_store.h"
#include "audit/verifier.h"

namespace cordon::audit {

/// Checks statements as it reads them: signed by the key that is trusted, numbered and chained without a gap, of the
/// leaves that they name, and of events whose time was over. What does not hold is a finding, and such a statement
/// accounts for nothing.
class LetGoCheck {
 public:
  LetGoCheck(Report& report, const Trust& trust, LetGoStore store)
      : report_(report), trust_(trust), store_(std::move(store)) {}

  /// Reads the statements that there are. Before any event is: what these account for is gone by then.
  net::Task<Result<Done>> begin();
  /// Reads which leaves of `most` bundles from `first` on are accounted for, and forgets those of bundles before.
  net::Task<Result<Done>> read(uint64_t first, int64_t most);
  /// Whether a valid statement accounts for a leaf of the bundles that were read.
  bool covers(uint64_t index) const { return part_of(index, UINT64_MAX) != nullptr; }
  /// Finds an event whose leaf is accounted for, and which was younger than its statement says.
  void check_gone(uint64_t index, const Uuid& event);
  /// Finds an event that stands there although its leaf was accounted for before any event was read.
  void check_standing(uint64_t index, const Uuid& event);

 private:
  net::Task<Result<Done>> read_statements();
  void check(const SignedLetGo& statement, const std::vector<LetGoPart>& parts);
  std::string wrong_with(const SignedLetGo& statement, const std::vector<LetGoPart>& parts);
  const StatedPart* part_of(uint64_t index, uint64_t last_statement) const;

  Report& report_;
  const Trust& trust_;
  LetGoStore store_;
  std::map<uint64_t, LetGo> valid_;
  uint64_t last_ = 0;                          ///< the number of the last statement that was read
  uint64_t known_ = 0;                         ///< the same when begin() had read them
  Hash previous_{};                            ///< what the next one has to continue
  std::multimap<uint64_t, StatedPart> parts_;  ///< by bundle
};

}  // namespace cordon::audit
