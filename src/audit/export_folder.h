// The folder that an export is written into.
#pragma once
#include <fstream>
#include <map>
#include <vector>

#include "audit/export_format.h"

namespace cordon::audit {

/// Takes an export's pieces and makes its files of them. Without its manifest, which comes last, a folder is no export.
class ExportFolder {
 public:
  /// Makes the folder, for its owner alone. Code::invalid where it cannot be made, Code::conflict where it has
  /// something in it.
  static Result<ExportFolder> make(std::filesystem::path path);

  /// Code::internal where that cannot be written, or is of no file that an export has.
  Result<Done> write(const std::vector<FilePiece>& pieces);
  /// Whether the manifest stands.
  bool complete() const { return complete_; }

 private:
  explicit ExportFolder(std::filesystem::path path) : path_(std::move(path)) {}
  Result<Done> write(const FilePiece& piece);
  Result<Done> add_to(const FilePiece& piece);
  Result<Done> write_proof(const FilePiece& proof);
  Result<Done> finish(const std::string& manifest);

  std::filesystem::path path_;
  std::map<std::string, std::ofstream> open_;
  bool complete_ = false;
};

}  // namespace cordon::audit
