#include "chat/answering.h"

#include "base/log.h"
#include "chat/assistant.h"
#include "commerce/product_store.h"

namespace cordon::chat {

using namespace std::chrono_literals;

// A little less than what work.job.not_before and the claim below hold for us.
constexpr auto kOwn = 4s, kClaimed = 25s;
constexpr int kClaimAtOnce = 50, kClaimSeconds = 30;
constexpr int kAttempts = 5;  // claims after which a job that fails is given up: a shopper has waited two minutes then

namespace {

audit::Event answer_event(const JobId& job, const ConversationId& conversation) {
  audit::Event event = audit::event_of("assistant.answer", "JOB");
  event.resource = "/v1/conversations/" + to_string(conversation) + "/messages";
  event.request = RequestId{job.value};
  event.purpose = "answering a shopper";
  return event;
}

commerce::NewMessage reply_to(const JobId& job, const commerce::AssistantJob& to, Answer answer) {
  commerce::NewMessage reply;
  reply.conversation_id = to.conversation_id;
  reply.visitor_id = to.visitor_id;
  reply.author = commerce::Author::assistant;
  reply.text = std::move(answer.text);
  reply.sources = std::move(answer.sources);
  reply.hands_over = answer.hands_over;
  reply.finishes = job;
  // The job's id makes the answer happen once, however often the job runs.
  reply.client_id = ClientId{job.value};
  return reply;
}

}  // namespace

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
    auto done = co_await net::caught(answer(next.job));
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
  auto done = co_await net::caught(answer(job, *pass));
  if (done || done.error().code == Code::not_found) co_return done;
  backend_.passes.forget(**pass);
  co_return co_await put_off(std::move(job), *pass, done.error());
}

net::Task<Result<Done>> Answering::answer(identity::Job job, identity::PassPtr pass) {
  door::Scope reading(pass, backend_.worker);
  auto asked = co_await commerce::find_asked(reading, job.id);
  if (!asked) co_return std::unexpected(asked.error());
  const ConversationId conversation = asked->job.conversation_id;
  auto scope = backend_.scope(pass, answer_event(job.id, conversation));
  scope.tell(reading.take_ran());

  live_.hub.publish(std::vector<Hint>{{conversation_topic(job.tenant, conversation), Kind::typing_assistant}});
  // The question, and what its shopper said shortly before it.
  std::string question, before;
  for (const auto& message : asked->messages) {
    if (message.author != commerce::Author::visitor) continue;
    if (message.seq == asked->job.seq) question = message.text;
    else before += essence(message.text) + " ";
  }
  Answer answer;
  if (!question.empty()) {
    auto found = co_await commerce::search_catalogue(scope, essence(question), before, 6);
    if (!found) co_return std::unexpected(found.error());
    answer = compose(question, *found);
  }
  auto reply = reply_to(job.id, asked->job, std::move(answer));
  auto sent = co_await commerce::send_message(scope, std::move(reply));
  // Also where a person took over, or the conversation was closed, while the assistant was thinking: its answer is not
  // wanted any more, and the job is gone.
  if (!sent) co_return std::unexpected(sent.error());
  live_.changed(job.tenant, conversation);
  co_return Done{};
}

/// After an attempt that failed: the job's row is left for whoever claims it next, unless this was the last.
/// Code::not_found if it is done with.
net::Task<Result<Done>> Answering::put_off(identity::Job job, identity::PassPtr pass, Error why) {
  door::Scope reading(pass, backend_.worker);
  auto failing = co_await commerce::find_job(reading, job.id);
  if (!failing) co_return std::unexpected(failing.error());
  if (failing->attempts < kAttempts) co_return std::unexpected(why);
  auto done = co_await give_up(job, pass, *failing);
  if (!done) co_return done;
  log::error("a job was given up", {{"job", to_string(job.id)}, {"code", info(why.code).name}, {"why", why.detail}});
  co_return done;
}

/// As where the assistant does not know.
net::Task<Result<Done>> Answering::give_up(identity::Job job, identity::PassPtr pass, commerce::AssistantJob failing) {
  auto scope = backend_.scope(pass, answer_event(job.id, failing.conversation_id));
  auto reply = reply_to(job.id, failing, not_known());
  auto sent = co_await net::caught(commerce::send_message(scope, std::move(reply)));
  if (!sent && sent.error().code == Code::unavailable) co_return std::unexpected(sent.error());
  // Perhaps nothing can be said there any more, for want of a key: a person is asked all the same.
  if (!sent) {
    auto over = co_await commerce::hand_over(scope, job.id);
    if (!over) co_return over;
  }
  live_.changed(job.tenant, failing.conversation_id);
  co_return Done{};
}

}  // namespace cordon::chat
