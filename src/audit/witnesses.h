// Keeps the witnesses of a policy asked about the log's newest checkpoint, beside its growth and never in its way.
#pragma once
#include "audit/log_store.h"
#include "audit/witness.h"

namespace cordon::audit {

/// One reactor's. All are asked about the same checkpoint, so that it gets the cosignatures of all; the next one is
/// taken up when each has answered, or has not in time. Whoever is in trouble is asked again after a pause that
/// doubles, and the others go on. What is wrong stands in the log once, until it is something else.
class Witnesses {
 public:
  /// `store` is for the proofs, and for the checkpoint as soon as the quorum has cosigned it. Throws as Witness does.
  Witnesses(Policy policy, LogStore store, WitnessOptions options);

  /// The log has this checkpoint now, and signed it. Does not wait.
  void offer(std::string note) { newest_ = std::move(note); }
  /// Asks, until stop(); has to have ended before this goes.
  net::Task<void> run();
  void stop();

 private:
  struct Member {
    Witness witness;
    std::string asked;    ///< the checkpoint that it has answered about
    std::string trouble;  ///< what is wrong with it
    std::chrono::milliseconds wait{0};
    std::chrono::steady_clock::time_point due;
  };
  /// Of the witnesses that are being asked; noted however a question ends.
  struct UnderWay;

  void take_up_newest();
  net::Task<void> ask(Member& member);
  net::Task<Result<Done>> outcome_of(Member& member);
  net::Task<Result<Done>> add(Signature signature);
  void settle(Member& member, const Result<Done>& done);

  Policy policy_;
  LogStore store_;
  WitnessOptions options_;
  std::vector<Member> members_;
  std::string newest_, note_;  ///< the one that is there; the one that they are asked about
  uint64_t size_ = 0;          ///< of note_
  Note cosigned_;              ///< note_ with the cosignatures that have come
  int under_way_ = 0;
  net::Signal changed_;
  bool stopping_ = false;
};

}  // namespace cordon::audit
