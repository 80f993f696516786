#include "audit/verifier.h"

#include <algorithm>

#include "audit/verifier_events.h"

namespace cordon::audit {

namespace {

constexpr uint64_t kBundlesAtOnce = 64;

std::string at(uint64_t index) { return "entry " + std::to_string(index); }

/// Whether the quorum of the policy has cosigned the note.
void check_witnesses(Report& report, const Trust& trust, const Note& note) {
  if (!trust.policy) return;
  for (const PolicyWitness& witness : trust.policy->witnesses())
    if (const auto at = note.signed_at(witness.key)) report.cosigners.push_back({witness.name, *at});
  if (!trust.policy->quorum_has_cosigned(note))
    find(report, Wrong::witness,
         "The checkpoint lacks cosignatures: " + std::to_string(report.cosigners.size()) +
             " of the policy's witnesses have cosigned it, which are no quorum.");
}

/// Whether the note is the log's, and no step back from what was seen. False where there is nothing to go on with.
bool check_note(Report& report, const Trust& trust) {
  const auto note = Note::parse(report.note);
  const auto checkpoint = note ? Checkpoint::parse(note->text) : std::unexpected(note.error());
  if (!checkpoint) {
    find(report, Wrong::missing, "There is no checkpoint.");
    return false;
  }
  report.checkpoint = *checkpoint;
  if (!note->signed_by(trust.key) || checkpoint->origin != trust.key.name)
    find(report, Wrong::signer,
         note->line_of(trust.key)
             ? "The checkpoint's signature by " + trust.key.name + " does not verify."
             : "The checkpoint is not signed by the key of " + trust.key.name + " that is trusted.");
  for (const Checkpoint& seen : trust.seen)
    if (checkpoint->size < seen.size)
      find(report, Wrong::rolled_back,
           "The log has " + std::to_string(checkpoint->size) + " entries; " + std::to_string(seen.size) +
               " were seen before.");
  return true;
}

/// Follows the tree as it grows from the entries, and compares it with the tiles and with what was seen.
class Regrown {
 public:
  Regrown(Report& report, const Trust& trust) : report_(report), trust_(trust) { compare_root(); }

  void append(std::string_view entry) {
    edge_.append(leaf_hash(entry));
    compare_root();
  }
  uint64_t size() const { return edge_.size(); }
  /// Tiles that are full, or final, by now.
  net::Task<Result<Done>> compare_tiles(TileSource& source) {
    for (const Edge::Tile& made : edge_.take_changes()) {
      const TilePath path{made.id, made.hashes.size() / sizeof(Hash)};
      if (path.width < kTileWidth && size() != report_.checkpoint.size) continue;
      std::vector<TilePath> paths{path};
      auto read = co_await source.read(paths);
      if (!read && read.error().code != Code::not_found) co_return std::unexpected(read.error());
      if (!read) find(report_, Wrong::missing, "The tile " + path.text() + " is not there.");
      else if (read->front() != made.hashes)
        find(report_, Wrong::tile, "The tile " + path.text() + " is not what its entries make up.",
             path.id.number << (8 * (path.id.level + 1)));
    }
    co_return Done{};
  }
  void finish() {
    if (size() == report_.checkpoint.size && edge_.root() != report_.checkpoint.root)
      find(report_, Wrong::root, "The entries do not make up the root that the checkpoint says.");
  }

 private:
  void compare_root() {
    for (const Checkpoint& seen : trust_.seen)
      if (seen.size == edge_.size() && seen.root != edge_.root())
        find(report_, Wrong::rewritten,
             "The first " + std::to_string(seen.size) + " entries are not those that were seen before.");
  }
  Report& report_;
  const Trust& trust_;
  Edge edge_;
};

}  // namespace

void find(Report& report, Wrong wrong, std::string what, uint64_t index) {
  // A log that is altogether another one is not described entry by entry.
  if (report.findings.size() < 100) report.findings.push_back({wrong, index, std::move(what)});
}

std::string_view to_string(Wrong wrong) {
  switch (wrong) {
    case Wrong::signer: return "signer";
    case Wrong::witness: return "witness";
    case Wrong::rolled_back: return "rolled back";
    case Wrong::rewritten: return "rewritten";
    case Wrong::root: return "root";
    case Wrong::tile: return "tile";
    case Wrong::changed: return "changed";
    case Wrong::deleted: return "deleted";
    case Wrong::inserted: return "inserted";
    case Wrong::reordered: return "reordered";
    case Wrong::missing: return "missing";
    case Wrong::extra: return "extra";
    case Wrong::let_go: return "let go";
  }
  return "";
}

net::Task<Result<Report>> verify(TileSource& source, const std::string& note, const Trust& trust) {
  Report report;
  report.note = note;
  if (!check_note(report, trust)) co_return report;
  check_witnesses(report, trust, *Note::parse(note));
  Regrown regrown(report, trust);
  const uint64_t size = report.checkpoint.size;
  for (uint64_t number = 0; number * kTileWidth < size; ++number) {
    const TileId id{TileId::kEntries, number};
    std::vector<TilePath> paths;
    paths.push_back({id, width_of(id, size)});
    auto read = co_await source.read(paths);
    if (!read && read.error().code != Code::not_found) co_return std::unexpected(read.error());
    auto entries = read ? read_entries(read->front()) : std::unexpected(read.error());
    if (!entries || entries->size() < paths[0].width) {
      find(report, Wrong::missing, "The bundle " + paths[0].text() + " is not there, or is cut off.",
           number * kTileWidth);
      co_return report;
    }
    entries->resize(paths[0].width);
    for (const std::string& entry : *entries) regrown.append(entry);
    auto compared = co_await regrown.compare_tiles(source);
    if (!compared) co_return std::unexpected(compared.error());
  }
  regrown.finish();
  report.entries = regrown.size();
  co_return report;
}

/// What the witnesses have cosigned has been seen by them, and so it counts as seen.
static Trust with_published(Report& report, Trust trust, const Log& log) {
  if (!trust.policy) return trust;
  const auto note = Note::parse(log.published());
  const auto checkpoint = note ? Checkpoint::parse(note->text) : std::unexpected(note.error());
  if (!checkpoint) {
    find(report, Wrong::witness, "There is no checkpoint that witnesses could have cosigned.");
    return trust;
  }
  // They cosign other logs too.
  if (!log.cosigned.empty() && (!note->signed_by(trust.key) || checkpoint->origin != trust.key.name))
    find(report, Wrong::signer, "The checkpoint that is published is not signed by the key of " + trust.key.name + ".");
  check_witnesses(report, trust, *note);
  trust.seen.push_back(*checkpoint);
  return trust;
}

net::Task<Result<Report>> verify(LogStore& store, EventSource source, const Trust& given) {
  Report report;
  auto log = co_await store.log();
  if (!log) co_return std::unexpected(log.error());
  const Trust trust = with_published(report, given, *log);
  report.note = log->checkpoint;
  if (!check_note(report, trust)) co_return report;
  if (log->size != report.checkpoint.size)
    find(report, Wrong::root, "The log's row and its checkpoint differ in size.");
  Regrown regrown(report, trust);
  LetGoCheck let_go(report, trust, LetGoStore(store.ask()));
  auto begun = co_await let_go.begin();
  if (!begun) co_return std::unexpected(begun.error());
  EventCheck events(report, let_go, std::move(source));
  const uint64_t size = report.checkpoint.size;
  std::vector<BundlePart> bundles;
  for (uint64_t number = 0; number * kTileWidth < size;) {
    auto read = co_await store.bundles(number, kBundlesAtOnce + 1);
    if (!read) co_return std::unexpected(read.error());
    bundles = std::move(*read);
    const uint64_t whole = std::min<uint64_t>(bundles.size(), kBundlesAtOnce);
    auto stated = co_await let_go.read(number, kBundlesAtOnce);
    if (!stated) co_return std::unexpected(stated.error());
    for (uint64_t i = 0; i < whole && number * kTileWidth < size; ++i, ++number) {
      BundlePart& bundle = bundles[i];
      // What was added since the checkpoint was read is left for the next time.
      const uint64_t width = width_of({TileId::kEntries, number}, size);
      if (bundle.number != number || bundle.commitments.size() < width * sizeof(Hash)) {
        find(report, Wrong::missing, "The bundle of " + at(number * kTileWidth) + " is not there, or is cut off.",
             number * kTileWidth);
        co_return report;
      }
      bundle.events.resize(width * 16);
      bundle.commitments.resize(width * sizeof(Hash));
      for (uint64_t entry = 0; entry < width; ++entry)
        regrown.append(std::string_view(bundle.commitments).substr(entry * sizeof(Hash), sizeof(Hash)));
      const bool last = (number + 1) * kTileWidth >= size;
      const LogPlace end = last ? log->last : i + 1 < bundles.size() ? bundles[i + 1].first : log->last;
      auto compared = co_await events.check(bundle, end, last);
      if (!compared) co_return std::unexpected(compared.error());
    }
    if (whole == 0) {
      find(report, Wrong::missing, "The bundle of " + at(number * kTileWidth) + " is not there.", number * kTileWidth);
      co_return report;
    }
    auto compared = co_await regrown.compare_tiles(store);
    if (!compared) co_return std::unexpected(compared.error());
  }
  regrown.finish();
  report.entries = regrown.size();
  auto counted = co_await events.rest();
  if (!counted) co_return std::unexpected(counted.error());
  co_return report;
}

}  // namespace cordon::audit
