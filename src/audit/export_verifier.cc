#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "audit/export.h"
#include "audit/export_format.h"
#include "audit/proof.h"

namespace cordon::audit {

namespace {

namespace fs = std::filesystem;

std::optional<std::string> read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string out{std::istreambuf_iterator<char>(in), {}};
  return in ? std::optional(std::move(out)) : std::nullopt;
}

/// The sums of an export's proofs, which stand in the order of the events.
class ProofList {
 public:
  explicit ProofList(const fs::path& file) : in_(file, std::ios::binary) { advance(); }

  const std::optional<FileSum>& next() const { return next_; }
  void advance() {
    std::string line;
    next_ = std::getline(in_, line) ? FileSum::parse(line) : std::nullopt;
  }

 private:
  std::ifstream in_;
  std::optional<FileSum> next_;
};

class ExportVerifier {
 public:
  ExportVerifier(const fs::path& folder, const VerifierKey& key) : folder_(folder), key_(key) {}

  Report verify() {
    if (!read_manifest()) return report_;
    for (const FileSum& file : manifest_.files) check_file(file);
    check_checkpoint();
    if (lists(files::kJson)) check_events();
    look_for_others();
    return report_;
  }

 private:
  void find(Wrong wrong, std::string what, uint64_t index = 0) {
    // A folder that is altogether another one is not described event by event.
    if (report_.findings.size() < 100) report_.findings.push_back({wrong, index, std::move(what)});
  }
  const FileSum* listed(std::string_view name) const {
    const auto found =
        std::find_if(manifest_.files.begin(), manifest_.files.end(), [&](const FileSum& f) { return f.name == name; });
    return found == manifest_.files.end() ? nullptr : &*found;
  }
  bool lists(std::string_view name) const { return listed(name) != nullptr; }
  /// Whether a file is the one that was signed for, as check_file() has found.
  bool sound(std::string_view name) const { return sound_.contains(std::string(name)); }

  /// False where there is nothing to go by.
  bool read_manifest() {
    const auto text = read_file(folder_ / files::kManifest);
    if (!text) {
      find(Wrong::missing, "There is no manifest.");
      return false;
    }
    const auto note = Note::parse(*text);
    if (!note || !note->signed_by(key_)) {
      find(Wrong::signer, note && note->line_of(key_)
                              ? "The manifest's signature by " + key_.name + " does not verify."
                              : "The manifest is not signed by the key of " + key_.name + " that is trusted.");
      return false;
    }
    auto manifest = Manifest::parse(note->text);
    if (!manifest || manifest->origin != key_.name) {
      find(Wrong::changed, "What is signed there is no manifest of an export of " + key_.name + ".");
      return false;
    }
    manifest_ = std::move(*manifest);
    return true;
  }

  void check_file(const FileSum& file) {
    const auto is = sum_of_file(folder_, file.name);
    if (!is) find(Wrong::missing, "The file " + file.name + " is not there.");
    else if (*is != file) find(Wrong::changed, "The file " + file.name + " is not the one that was signed for.");
    else sound_.insert(file.name);
  }

  void check_checkpoint() {
    const auto text = read_file(folder_ / files::kCheckpoint);
    if (!text) return;  // check_file() has said so
    report_.note = *text;
    const auto note = Note::parse(*text);
    const auto tree = note ? Checkpoint::parse(note->text) : std::unexpected(note.error());
    if (tree) report_.checkpoint = *tree;
    if (!tree || !note->signed_by(key_) || tree->origin != key_.name)
      find(Wrong::signer, "The checkpoint is not signed by the key of " + key_.name + " that is trusted.");
  }

  void check_events() {
    std::ifstream in(folder_ / files::kJson, std::ios::binary);
    ProofList list(folder_ / files::kProofList);
    Sha256 csv;
    csv.update(csv_header_with_index() + "\r\n");
    uint64_t number = 0;
    for (std::string line; std::getline(in, line);) {
      const auto logged = read_json(line);
      const std::string where = "line " + std::to_string(++number) + " of " + files::kJson;
      if (!logged) {
        find(Wrong::changed, where + " is no event: " + logged.error().detail);
        continue;
      }
      csv.update(csv_cells_with_index(*logged) + "\r\n");
      if (!logged->index) {
        ++report_.waiting;
        continue;
      }
      proved_.push_back(logged->event.event_id);
      check_event(*logged, where, list);
    }
    for (; list.next(); list.advance()) gone(*list.next());
    compare_with_manifest(number, to_hex(csv.finish()));
  }

  void check_event(const LoggedEvent& logged, const std::string& where, ProofList& list) {
    const std::string name = proof_name(logged.event.event_id);
    const std::string event = "The event " + to_string(logged.event.event_id) + " (" + where + ")";
    for (; list.next() && list.next()->name < name; list.advance()) gone(*list.next());
    const bool is_next = list.next() && list.next()->name == name;
    const auto text = read_file(folder_ / name);
    if (!text) find(Wrong::missing, "The file " + name + " is not there.", *logged.index);
    else if (sound(files::kProofList) && !(is_next && *list.next() == sum_of(name, *text)))
      find(Wrong::changed, "The file " + name + " is not the proof that was exported.", *logged.index);
    if (is_next) list.advance();
    if (!text) return;
    const auto proof = Proof::parse(*text);
    const Hash commitment = commitment_of(logged.event);
    const std::string_view entry(reinterpret_cast<const char*>(commitment.data()), commitment.size());
    const auto holds = proof ? proof->verify(entry, key_) : std::unexpected(proof.error());
    if (!holds) find(Wrong::changed, event + " is not what its proof is of: " + holds.error().detail, *logged.index);
    else if (proof->index != *logged.index || proof->checkpoint != report_.note)
      find(Wrong::changed, event + " is proved at another place, or by another checkpoint.", *logged.index);
    else ++report_.entries;
  }

  void gone(const FileSum& proof) {
    find(Wrong::missing, "The event of " + proof.name + " is not in " + std::string(files::kJson) + ".");
  }

  void compare_with_manifest(uint64_t lines, const std::string& csv) {
    if (lines != static_cast<uint64_t>(manifest_.events) || proved_.size() != static_cast<uint64_t>(manifest_.proved))
      find(Wrong::changed, "The manifest is of " + std::to_string(manifest_.events) + " events, " +
                               std::to_string(manifest_.proved) + " of them in the log; there are " +
                               std::to_string(lines) + " and " + std::to_string(proved_.size()) + ".");
    // The table is checked by the lines of JSON, which the proofs are of.
    if (sound(files::kJson) && sound(files::kCsv) && listed(files::kCsv)->digest != csv)
      find(Wrong::changed, std::string(files::kCsv) + " does not say what " + files::kJson + " says.");
  }

  /// Files that nobody exported.
  void look_for_others() {
    std::sort(proved_.begin(), proved_.end());
    const bool with_proofs = lists(files::kJson);
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename();
      if (name == files::kManifest || lists(name) || (with_proofs && name == files::kProofs)) continue;
      find(Wrong::extra, "The file " + name + " was not exported.");
    }
    if (!with_proofs || !fs::is_directory(folder_ / files::kProofs)) return;
    for (const auto& entry : fs::directory_iterator(folder_ / files::kProofs)) {
      const std::string name = entry.path().filename();
      const auto id = EventId::parse(std::string_view(name).substr(0, 36));
      if (!id || std::string(files::kProofs) + "/" + name != proof_name(*id) ||
          !std::binary_search(proved_.begin(), proved_.end(), *id))
        find(Wrong::extra, "The file " + std::string(files::kProofs) + "/" + name + " was not exported.");
    }
  }

  const fs::path& folder_;
  const VerifierKey& key_;
  Manifest manifest_;
  Report report_;
  std::set<std::string> sound_;  ///< files that are as they were signed for
  std::vector<EventId> proved_;
};

}  // namespace

Result<Report> verify_export(const fs::path& folder, const VerifierKey& key) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return fail(Code::not_found, folder.string() + " is no folder");
  try {
    return ExportVerifier(folder, key).verify();
  } catch (const fs::filesystem_error& e) {
    return fail(Code::not_found, std::string("the export cannot be read: ") + e.what());
  }
}

}  // namespace cordon::audit
