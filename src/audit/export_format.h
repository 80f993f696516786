// An export's files: events as lines of JSON and of CSV, the files' digests, and the manifest that the log signs.
#pragma once
#include <boost/json/fwd.hpp>
#include <filesystem>

#include "audit/search.h"
#include "base/random.h"

namespace cordon::audit {

/// What an export's folder has: one form of the events at least, and beside the lines of JSON their proofs.
namespace files {
inline constexpr const char* kJson = "events.jsonl";
inline constexpr const char* kCsv = "events.csv";
inline constexpr const char* kProofs = "proofs";         ///< a folder, a file for each event that is in the log
inline constexpr const char* kProofList = "proofs.txt";  ///< a sum of each of them, so that the manifest stays short
inline constexpr const char* kCheckpoint = "checkpoint";
inline constexpr const char* kManifest = "manifest";
}  // namespace files
/// "proofs/<event id>.tlog-proof"
std::string proof_name(EventId id);
/// Whether a name is of that form.
bool is_proof_name(std::string_view name);

/// An event of an export, and where in the log it is, if it was in it by then.
struct LoggedEvent {
  EventRecord event;
  std::optional<uint64_t> index;
};

/// As the API has an event, with `log_index` at the end; without a newline.
std::string to_json(const LoggedEvent& logged);
/// Code::malformed or Code::invalid for what to_json() does not give.
Result<LoggedEvent> read_json(std::string_view line);

/// The names of an event's columns, and its cells, as RFC 4180 has them, without the end of the line. A cell that
/// begins with = + - @, a tab or a carriage return gets an apostrophe before it, for a spreadsheet would take it for a
/// formula: callers choose their addresses, user agents and paths.
std::string csv_header();
std::string csv_cells(const EventRecord& event);
std::string csv_header_with_index();
std::string csv_cells_with_index(const LoggedEvent& logged);

/// What is asked of a query, without what only divides the answer into pages.
boost::json::object to_object(std::optional<TenantId> tenant, const EventQuery& query);

/// One line: the SHA-256 in hexadecimal, the size in bytes, the name.
struct FileSum {
  std::string digest;
  uint64_t size = 0;
  std::string name;

  bool operator==(const FileSum&) const = default;
  std::string to_text() const;
  /// nullopt for anything that to_text() does not give. Reads the line without its newline.
  static std::optional<FileSum> parse(std::string_view line);
};
FileSum sum_of(std::string name, std::string_view bytes);
/// Of a file in `folder`. Code::not_found.
Result<FileSum> sum_of_file(const std::filesystem::path& folder, const std::string& name);

/// A piece of one of an export's files. Pieces of a file come in its order, those of several files mixed; a proof and
/// the manifest are one piece each, and the manifest is the last of all.
struct FilePiece {
  std::string name, bytes;
};

/// A file that is made piece by piece, and summed while it is.
class SummedFile {
 public:
  explicit SummedFile(std::string name) : sum_{{}, 0, std::move(name)} {}
  void write(std::string_view bytes);
  /// What was written since it was last taken.
  FilePiece take();
  /// Of all that was written; called once, at the end.
  FileSum sum();

 private:
  FileSum sum_;
  Sha256 digest_;
  std::string written_;
};

/// What the log's key says of an export. Its text begins with "<origin>/export v1". No checkpoint's does: a checkpoint
/// begins with the name of a key, which has no spaces, and goes on with a number, where a manifest has "query ".
struct Manifest {
  std::string origin;
  std::string query;   ///< what was asked for, as JSON on one line
  std::string event;   ///< the audit event that the export left
  int64_t events = 0;  ///< lines of events
  int64_t proved = 0;  ///< of these in the log
  std::vector<FileSum> files;

  std::string to_text() const;
  /// Code::malformed.
  static Result<Manifest> parse(std::string_view text);
};

}  // namespace cordon::audit
