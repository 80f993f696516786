#include "support/strict_witness.h"

#include <charconv>

#include "audit/merkle.h"
#include "base/time.h"

namespace cordon::testing {

using audit::Hash;

namespace {

/// Takes the next line off `text`; nullopt where none ends.
std::optional<std::string_view> line_of(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const auto out = text.substr(0, end);
  text.remove_prefix(end + 1);
  return out;
}

net::Response status(int number) {
  net::Response out;
  out.status = number;
  out.content_type = "text/plain; charset=utf-8";
  return out;
}

keys::SigningKey signer_of(const std::string& name) {
  std::string seed = name;
  seed.resize(32, 'w');
  return keys::SigningKey(keys::Secret::of(seed));
}

}  // namespace

StrictWitness::StrictWitness(std::string name)
    : name_(std::move(name)),
      signer_(signer_of(name_)),
      key_{name_, audit::SignatureType::cosignature, signer_.public_key()},
      served_([this](net::Request& request) { return answer(request); }) {}

void StrictWitness::trust(const audit::VerifierKey& log) {
  const std::lock_guard lock(mutex_);
  logs_[log.name].key = log;
}

void StrictWitness::remember(const std::string& origin, uint64_t size, const Hash& root) {
  const std::lock_guard lock(mutex_);
  logs_.at(origin).size = size;
  logs_.at(origin).root = root;
}

std::string StrictWitness::policy_line(const std::string& name) const {
  return "witness " + name + " " + key_.text() + " https://127.0.0.1:" + std::to_string(served_.port()) + "/of/w1\n";
}

uint64_t StrictWitness::size_of(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(origin);
  return found == logs_.end() ? 0 : found->second.size;
}

std::vector<int> StrictWitness::statuses() {
  const std::lock_guard lock(mutex_);
  return statuses_;
}

std::vector<std::string> StrictWitness::faults() {
  const std::lock_guard lock(mutex_);
  return faults_;
}

net::Task<net::Response> StrictWitness::answer(net::Request& request) {
  ++asked_;
  most_ = std::max(most_.load(), ++at_once_);
  while (trouble_ == Trouble::held) co_await net::sleep(std::chrono::milliseconds(5));
  net::Response out = trouble_ == Trouble::away ? status(503) : respond(request);
  --at_once_;
  const std::lock_guard lock(mutex_);
  statuses_.push_back(out.status);
  co_return out;
}

std::optional<StrictWitness::Asked> StrictWitness::read(std::string_view body) {
  Asked out;
  const auto first = line_of(body);
  if (!first || !first->starts_with("old ")) return std::nullopt;
  const auto digits = first->substr(4);
  std::from_chars(digits.data(), digits.data() + digits.size(), out.old);
  if (std::to_string(out.old) != digits) return std::nullopt;
  for (;;) {
    const auto line = line_of(body);
    if (!line || out.proof.size() > 63) return std::nullopt;
    if (line->empty()) break;
    const auto hash = audit::read_hash(*line);
    if (!hash) return std::nullopt;
    out.proof.push_back(*hash);
  }
  const auto note = audit::Note::parse(body);
  if (!note) return std::nullopt;
  const auto checkpoint = audit::Checkpoint::parse(note->text);
  if (!checkpoint) return std::nullopt;
  out.note = *note;
  out.checkpoint = *checkpoint;
  return out;
}

net::Response StrictWitness::respond(const net::Request& request) {
  const std::lock_guard lock(mutex_);
  if (request.method != net::Method::post || request.path != "/of/w1/add-checkpoint") {
    faults_.push_back("asked for " + request.path);
    return status(404);
  }
  const auto asked = read(request.body);
  if (asked) return judge(*asked);
  faults_.push_back("could not read: " + request.body);
  return status(400);
}

net::Response StrictWitness::judge(const Asked& asked) {
  const auto found = logs_.find(asked.checkpoint.origin);
  if (found == logs_.end()) return status(404);
  Log& log = found->second;
  if (!asked.note.signed_by(log.key)) return status(403);
  if (asked.old > asked.checkpoint.size) {
    faults_.push_back("an old size that is above the checkpoint's");
    return status(400);
  }
  if (asked.old != log.size) return size_response(log.size);
  if (asked.old == 0 && !asked.proof.empty()) faults_.push_back("a proof from nothing");
  if (asked.old == asked.checkpoint.size && log.root != asked.checkpoint.root) return size_response(log.size);
  if (!audit::verify_consistency(log.size, log.root, asked.checkpoint.size, asked.checkpoint.root, asked.proof))
    return status(422);
  log.size = asked.checkpoint.size;
  log.root = asked.checkpoint.root;
  return cosign(asked.note.text);
}

net::Response StrictWitness::size_response(uint64_t size) const {
  net::Response out = status(409);
  if (trouble_ != Trouble::without_a_type) out.content_type = "text/x.tlog.size";
  out.body = std::to_string(size) + "\n";
  return out;
}

net::Response StrictWitness::cosign(const std::string& text) {
  const int64_t time = now().micros / 1'000'000;
  const std::string other = "another/log\n1\n" + audit::to_text(audit::empty_root()) + "\n";
  net::Response out = status(200);
  switch (trouble_.load()) {
    case Trouble::forged: out.body = audit::cosignature_line(name_, signer_, time, other); break;
    case Trouble::of_nobody: out.body = audit::cosignature_line("nobody", signer_of("nobody"), time, text); break;
    case Trouble::smuggled:
      out.body = "more\n\n" + audit::cosignature_line(name_, signer_, time, text + "\nmore\n");
      break;
    default:
      // Lines of keys that a client does not know stand beside its own.
      out.body = audit::cosignature_line("witness.example/unknown", signer_of("unknown"), time, text) +
                 audit::cosignature_line(name_, signer_, time, text);
  }
  return out;
}

}  // namespace cordon::testing
