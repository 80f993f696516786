#include "audit/witness.h"

#include <charconv>
#include <stdexcept>

#include "net/url.h"

namespace cordon::audit {

namespace {

net::Url address_of(const PolicyWitness& who) {
  const std::string where = "line " + std::to_string(who.line) + " of the witnesses: ";
  if (who.url.empty()) throw std::runtime_error(where + "`" + who.name + "` needs the address that it is asked at");
  auto url = net::Url::parse(who.url);
  if (!url) throw std::runtime_error(where + url.error().detail);
  return *url;
}

net::ClientOptions client_of(const PolicyWitness& who, const WitnessOptions& options) {
  const net::Url url = address_of(who);
  net::ClientOptions out;
  out.host = url.host;
  out.port = url.port;
  out.trust = options.trust;
  out.patience = options.patience;
  out.body_bytes = 64 << 10;
  return out;
}

/// What a witness says that it has: decimal digits and a newline, of their own type.
std::optional<uint64_t> size_in(const net::Reply& reply) {
  uint64_t out = 0;
  const char* end = reply.body.data() + reply.body.size();
  if (reply.header("content-type") != "text/x.tlog.size" ||
      std::from_chars(reply.body.data(), end, out).ptr + 1 != end || std::to_string(out) + "\n" != reply.body)
    return std::nullopt;
  return out;
}

/// The statuses of section add-checkpoint.
std::unexpected<Error> refusal(int status) {
  switch (status) {
    case 400: return fail(Code::malformed, "it cannot read what it is asked (400)");
    case 403:
      return fail(Code::forbidden, "it does not know the log's key (403): hand it what `cordon audit key` prints");
    case 404: return fail(Code::not_found, "it does not know the log (404): hand it what `cordon audit key` prints");
    case 422: return fail(Code::conflict, "the log does not continue what it has cosigned (422)");
  }
  return fail(Code::unavailable, "it answers with status " + std::to_string(status));
}

}  // namespace

Witness::Witness(const PolicyWitness& who, const WitnessOptions& options)
    : name_(who.name),
      key_(who.key),
      target_(address_of(who).path + "/add-checkpoint"),
      client_(client_of(who, options), 1) {}

net::Task<Result<net::Reply>> Witness::add_checkpoint(TileSource& log, uint64_t old, uint64_t size,
                                                      const std::string& note) {
  const Plan plan = consistency_plan(old, size);
  auto hashes = co_await hashes_of(log, plan, size);
  if (!hashes) co_return std::unexpected(hashes.error());
  std::string body = "old " + std::to_string(old) + "\n";
  for (const Hash& hash : *hashes) body += to_text(hash) + "\n";
  body += "\n" + note;
  std::vector<net::Header> headers;
  headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  // Asked twice, it does no more than say how far it has come.
  co_return co_await client_.request(net::Method::post, target_, std::move(headers), std::move(body), true);
}

Result<Signature> Witness::read_cosignature(const Note& note, const std::string& lines) const {
  const auto cosigned = Note::parse(note.text + "\n" + lines);
  if (!cosigned || cosigned->text != note.text) return fail(Code::malformed, "its answer has no signature lines");
  const Signature* line = cosigned->line_of(key_);
  if (!line) return fail(Code::malformed, "its answer is not signed with the key of " + key_.name + " that is trusted");
  if (!cosigned->signed_by(key_)) return fail(Code::malformed, "its cosignature does not verify");
  return *line;
}

net::Task<Result<std::optional<Signature>>> Witness::cosign(TileSource& log, std::string note) {
  const auto parsed = Note::parse(note);
  if (!parsed) co_return std::unexpected(parsed.error());
  const auto checkpoint = Checkpoint::parse(parsed->text);
  if (!checkpoint) co_return std::unexpected(checkpoint.error());
  for (int asked = 0; asked < 2; ++asked) {
    // It may not have what it said any more: from nothing on, it says what it has.
    const uint64_t old = size_ <= checkpoint->size ? size_ : 0;
    auto reply = co_await add_checkpoint(log, old, checkpoint->size, note);
    if (!reply) co_return std::unexpected(reply.error());
    if (reply->status == 200) {
      size_ = checkpoint->size;
      auto signature = read_cosignature(*parsed, reply->body);
      if (!signature) co_return std::unexpected(signature.error());
      co_return std::optional<Signature>(std::move(*signature));
    }
    if (reply->status != 409) co_return refusal(reply->status);
    const auto size = size_in(*reply);
    if (!size) co_return fail(Code::malformed, "it does not say how much it has cosigned (409)");
    if (*size == old)
      co_return fail(Code::conflict, "it has cosigned another tree of " + std::to_string(old) + " entries (409)");
    size_ = *size;
    if (size_ > checkpoint->size) co_return std::optional<Signature>();
  }
  co_return fail(Code::unavailable, "somebody else has it cosign the log at the same time (409)");
}

}  // namespace cordon::audit
