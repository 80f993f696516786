// Answering: takes the assistant's jobs, one seal for one tenant each, and writes the answers.
#pragma once
#include <deque>
#include <memory>

#include "chat/live_session.h"

namespace cordon::chat {

/// One reactor's. A job queued here is done at once; one whose replica was lost, or could not do it, is claimed by
/// whoever looks first. One that was claimed often enough and still fails is handed over to a person, and is done with.
class Answering {
 public:
  Answering(identity::Backend& backend, Live& live) : backend_(backend), live_(live) {}

  /// Does a job that has just been queued. This reactor only.
  void add(identity::Job job) { add(std::move(job), false); }
  /// Looks for jobs that were left behind, every few seconds, until stop().
  net::Task<void> sweep();
  void stop();

 private:
  /// A job that waits for one of us; after `until` others may claim it, so it is left to whoever does.
  struct Waiting {
    identity::Job job;
    std::chrono::steady_clock::time_point until;
    bool claimed;
  };
  void add(identity::Job job, bool claimed);
  net::Task<void> work();
  net::Task<Result<Done>> answer(identity::Job job);
  net::Task<Result<Done>> answer(identity::Job job, identity::PassPtr pass);
  net::Task<Result<Done>> put_off(identity::Job job, identity::PassPtr pass, Error why);
  net::Task<Result<Done>> give_up(identity::Job job, identity::PassPtr pass, commerce::AssistantJob failing);

  static constexpr int kAtOnce = 4;
  identity::Backend& backend_;
  Live& live_;
  std::deque<Waiting> jobs_;
  int working_ = 0;
  int claimed_ = 0;  ///< of jobs_, those that sweep() claimed
  bool stopping_ = false;
  net::Signal stopped_;
};

}  // namespace cordon::chat
