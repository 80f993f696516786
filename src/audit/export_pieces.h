// An export as it comes into being: pieces of its files, for whoever writes or seals them.
#pragma once
#include <map>

#include "audit/export.h"
#include "audit/export_format.h"
#include "audit/page_stack.h"

namespace cordon::audit {

/// Tiles of a tree of one size, each read once while it is asked for again and again: neighbours' proofs share most.
class KeptTiles : public TileSource {
 public:
  explicit KeptTiles(TileSource& source) : source_(source) {}
  net::Task<Result<std::vector<std::string>>> read(std::vector<TilePath> paths) override;

 private:
  static constexpr size_t kMost = 512;  // 4 MiB
  TileSource& source_;
  std::map<std::string, std::string> kept_;
};

/// One export. A page of events, and what is made of it, is in memory at a time. What it is given outlives it.
class ExportPieces {
 public:
  /// `scratch` is a folder on whose disk the events wait, sealed, for they are read newest first.
  ExportPieces(db::Pool& identities, Recorder& recorder, const keys::SigningKey& key, const Export& wanted,
               const std::filesystem::path& scratch);

  /// Gathers the events, puts `event` on record with the query and their number, and waits until the log has it, for
  /// `patience`. Once, before next(). Code::conflict where `key` is not the log's.
  net::Task<Result<Done>> begin(Event event);
  /// The next pieces; none after the manifest.
  net::Task<Result<std::vector<FilePiece>>> next();
  /// How many events there are: known after begin(). How many are proved is known after the manifest.
  const Exported& done() const { return done_; }

 private:
  net::Task<Result<Done>> gather();
  Result<Done> take_checkpoint(const Log& log);
  net::Task<Result<Done>> add_page(std::vector<EventRecord> page, std::vector<FilePiece>& out);
  void take_written(std::vector<FilePiece>& out);
  void end(std::vector<FilePiece>& out);

  db::Pool& identities_;
  Recorder& recorder_;
  const keys::SigningKey& key_;
  const Export& wanted_;
  PageStack pages_;
  LogStore log_;
  KeptTiles tiles_{log_};
  std::string checkpoint_;
  uint64_t size_ = 0;  ///< of the tree that the checkpoint is of
  std::optional<SummedFile> json_, csv_, proofs_;
  Manifest manifest_;
  Exported done_;
  bool ended_ = false;
};

}  // namespace cordon::audit
