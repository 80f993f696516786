#include "audit/proof.h"

#include <charconv>

namespace cordon::audit {

static constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1\n", kIndex = "index ", kExtra = "extra ";

std::string Proof::to_text() const {
  std::string out = std::string(kFirstLine) + std::string(kIndex) + std::to_string(index) + "\n";
  for (const Hash& hash : hashes) out += audit::to_text(hash) + "\n";
  return out + "\n" + checkpoint;
}

Result<Proof> Proof::parse(std::string_view text) {
  const auto bad = fail(Code::malformed, "This is no proof (c2sp.org/tlog-proof).");
  if (!text.starts_with(kFirstLine)) return bad;
  text.remove_prefix(kFirstLine.size());
  Proof out;
  for (bool first = true;; first = false) {
    const size_t end = text.find('\n');
    if (end == text.npos) return bad;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (first && line.starts_with(kExtra)) continue;
    if (line.starts_with(kIndex)) {
      const auto number = line.substr(kIndex.size());
      const char* last = number.data() + number.size();
      if (std::from_chars(number.data(), last, out.index).ptr != last || std::to_string(out.index) != number)
        return bad;
      break;
    }
    return bad;
  }
  for (;;) {
    const size_t end = text.find('\n');
    if (end == text.npos || out.hashes.size() > 63) return bad;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty()) break;
    const auto hash = read_hash(line);
    if (!hash) return bad;
    out.hashes.push_back(*hash);
  }
  out.checkpoint = text;
  return out;
}

Result<Done> Proof::verify(std::string_view entry, const VerifierKey& key) const {
  const auto note = Note::parse(checkpoint);
  if (!note) return std::unexpected(note.error());
  const auto tree = Checkpoint::parse(note->text);
  if (!tree) return std::unexpected(tree.error());
  if (!note->signed_by(key) || tree->origin != key.name)
    return fail(Code::conflict, "The proof's checkpoint is not signed by the key of " + key.name + " that is trusted.");
  if (!verify_inclusion(leaf_hash(entry), index, tree->size, hashes, tree->root))
    return fail(Code::conflict, "The proof does not show that this event is in the log.");
  return Done{};
}

net::Task<Result<Proof>> prove(TileSource& source, uint64_t index, std::string checkpoint) {
  auto note = Note::parse(checkpoint);
  if (!note) co_return std::unexpected(note.error());
  auto tree = Checkpoint::parse(note->text);
  if (!tree) co_return std::unexpected(tree.error());
  if (index >= tree->size) co_return fail(Code::not_found, "This event is not in the log yet; ask again in a second.");
  auto hashes = co_await hashes_of(source, inclusion_plan(index, tree->size), tree->size);
  if (!hashes) co_return std::unexpected(hashes.error());
  co_return Proof{index, std::move(*hashes), std::move(checkpoint)};
}

}  // namespace cordon::audit
