#include "chat/answering.h"

#include "base/log.h"
#include "chat/assistant.h"
#include "commerce/product_store.h"

namespace cordon::chat {

using namespace std::chrono_literals;

// A little less than what work.job.not_before and the claim below hold for us.
constexpr auto kOwn = 4s, kClaimed = 25s;
constexpr int kClaimAtOnce = 50, kClaimSeconds = 30;

void Answering::add(identity::Job job, bool claimed) {
  jobs_.push_back({std::move(job), std::chrono::steady_clock::now() + (claimed ? kClaimed : kOwn), claimed});
  claimed_ += claimed;
  if (working_ < kAtOnce) {
    ++working_;
    net::Reactor::current().spawn(work());
  }
}

void Answering::stop() {
  stopping_ = true;
  stopped_.notify();
}

net::Task<void> Answering::work() {
  while (!jobs_.empty() && !stopping_) {
    const Waiting next = std::move(jobs_.front());
    jobs_.pop_front();
    claimed_ -= next.claimed;
    if (std::chrono::steady_clock::now() > next.until) continue;
    auto done = co_await answer(next.job);
    // Not there: another has done it.
    if (done || done.error().code == Code::not_found) continue;
    // The row is still there: it is claimed again later, by anybody.
    log::warn("a job was put off", {{"job", to_string(next.job.id)}, {"code", info(done.error().code).name}});
  }
  --working_;
}

net::Task<void> Answering::sweep() {
  while (!stopping_) {
    auto jobs = co_await backend_.passes.claim_jobs(kClaimAtOnce, kClaimSeconds);
    if (jobs)
      for (identity::Job& job : *jobs) add(std::move(job), true);
    // What cannot be begun soon is better left for other replicas to claim.
    while (claimed_ > 4 && !stopping_) co_await stopped_.wait(20ms);
    if (!jobs || jobs->size() < kClaimAtOnce) co_await stopped_.wait(2s);
  }
}

net::Task<Result<Done>> Answering::answer(identity::Job job) {
  auto pass = co_await backend_.passes.assistant(job);
  if (!pass) co_return std::unexpected(pass.error());
  auto done = co_await answer(std::move(job), *pass);
  if (!done && done.error().code != Code::not_found) backend_.passes.forget(**pass);
  co_return done;
}

net::Task<Result<Done>> Answering::answer(identity::Job job, identity::PassPtr pass) {
  door::Scope reading(pass, backend_.worker);
  auto asked = co_await commerce::find_job(reading, job.id);
  if (!asked) co_return std::unexpected(asked.error());
  audit::Event event;
  event.action = "assistant.answer";
  event.resource = "/v1/conversations/" + to_string(asked->conversation_id) + "/messages";
  event.method = "JOB";
  event.status = 200;
  event.request = RequestId{job.id.value};
  event.purpose = "answering a shopper";
  auto scope = backend_.scope(pass, std::move(event));
  scope.tell(reading.take_ran());

  live_.hub.publish(
      std::vector<Hint>{{conversation_topic(job.tenant, asked->conversation_id), Kind::typing_assistant}});
  // The question, and what its shopper said shortly before it.
  std::string question, before;
  for (const auto& message : asked->messages) {
    if (message.author != commerce::Author::visitor) continue;
    if (message.seq == asked->seq) question = message.text;
    else before += essence(message.text) + " ";
  }
  commerce::NewMessage reply;
  reply.conversation_id = asked->conversation_id;
  reply.visitor_id = asked->visitor_id;
  reply.author = commerce::Author::assistant;
  reply.finishes = job.id;
  // The job's id makes the answer happen once, however often the job runs.
  reply.client_id = ClientId{job.id.value};
  if (!question.empty()) {
    auto found = co_await commerce::search_catalogue(scope, essence(question), before, 6);
    if (!found) co_return std::unexpected(found.error());
    Answer answer = compose(question, *found);
    reply.text = std::move(answer.text);
    reply.sources = std::move(answer.sources);
    reply.hands_over = answer.hands_over;
  }
  auto sent = co_await commerce::send_message(scope, std::move(reply));
  // A person took over, or the conversation was closed, while the assistant was thinking: its answer is not wanted any
  // more.
  if (!sent && sent.error().code != Code::conflict) co_return std::unexpected(sent.error());
  live_.changed(job.tenant, asked->conversation_id);
  co_return Done{};
}

}  // namespace cordon::chat
