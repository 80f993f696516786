#include "audit/witnesses.h"

#include <algorithm>

#include "base/log.h"

namespace cordon::audit {

using Clock = std::chrono::steady_clock;

struct Witnesses::UnderWay {
  explicit UnderWay(Witnesses& of) : of(of) { ++of.under_way_; }
  ~UnderWay() {
    --of.under_way_;
    of.changed_.notify();
  }
  Witnesses& of;
};

Witnesses::Witnesses(Policy policy, LogStore store, WitnessOptions options)
    : policy_(std::move(policy)), store_(std::move(store)), options_(std::move(options)) {
  members_.reserve(policy_.witnesses().size());
  for (const PolicyWitness& who : policy_.witnesses()) members_.push_back({Witness(who, options_)});
}

void Witnesses::stop() {
  stopping_ = true;
  changed_.notify();
}

void Witnesses::take_up_newest() {
  if (newest_ == note_) return;
  auto parsed = Note::parse(newest_);
  const auto checkpoint = parsed ? Checkpoint::parse(parsed->text) : std::unexpected(parsed.error());
  if (!checkpoint) return;
  note_ = newest_;
  size_ = checkpoint->size;
  cosigned_ = std::move(*parsed);
}

net::Task<void> Witnesses::run() {
  while (!stopping_) {
    take_up_newest();
    for (Member& member : members_)
      if (member.asked != note_ && member.due <= Clock::now()) net::Reactor::current().spawn(ask(member));
    while (under_way_ > 0) co_await changed_.wait(std::chrono::seconds(1));
    if (!stopping_) co_await changed_.wait(options_.pause);
  }
}

net::Task<void> Witnesses::ask(Member& member) {
  const UnderWay noted(*this);
  const std::string note = note_;
  auto done = co_await outcome_of(member);
  if (done) member.asked = note;
  settle(member, done);
}

net::Task<Result<Done>> Witnesses::outcome_of(Member& member) {
  auto signature = co_await member.witness.cosign(store_, note_);
  if (!signature) co_return std::unexpected(signature.error());
  if (*signature) co_return co_await add(std::move(**signature));
  // Another process may have grown the log meanwhile, and had it cosigned.
  auto log = co_await store_.log();
  if (!log) co_return std::unexpected(log.error());
  if (member.witness.size() > log->size)
    co_return fail(Code::conflict, "the log was rolled back: it has cosigned " + std::to_string(member.witness.size()) +
                                       " entries, and there are fewer");
  co_return Done{};
}

net::Task<Result<Done>> Witnesses::add(Signature signature) {
  // It may have given one before, which could not be stored.
  std::erase_if(cosigned_.signatures,
                [&](const Signature& s) { return s.name == signature.name && s.id == signature.id; });
  cosigned_.signatures.push_back(std::move(signature));
  if (!policy_.quorum_has_cosigned(cosigned_)) co_return Done{};
  co_return co_await store_.cosign(size_, cosigned_.to_text());
}

void Witnesses::settle(Member& member, const Result<Done>& done) {
  const std::string why = done ? std::string() : done.error().detail;
  if (!done && why != member.trouble)
    log::error("a witness does not cosign the audit log", {{"witness", member.witness.name()}, {"why", why}});
  if (done && !member.trouble.empty())
    log::info("a witness cosigns the audit log again", {{"witness", member.witness.name()}});
  member.trouble = why;
  member.wait =
      done ? std::chrono::milliseconds(0) : std::min(std::max(2 * member.wait, options_.pause), options_.longest);
  member.due = Clock::now() + member.wait;
}

}  // namespace cordon::audit
