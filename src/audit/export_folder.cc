#include "audit/export_folder.h"

#include <algorithm>

#include "base/file.h"

namespace cordon::audit {

namespace fs = std::filesystem;

namespace {

constexpr std::array kGrowing{files::kJson, files::kCsv, files::kProofList, files::kCheckpoint};

std::unexpected<Error> cannot_write(const std::string& name) { return fail(Code::internal, "cannot write " + name); }

}  // namespace

Result<ExportFolder> ExportFolder::make(fs::path path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(Code::invalid, "cannot make the folder " + path.string());
  if (!fs::is_empty(path, error) || error)
    return fail(Code::conflict, path.string() + " is not empty; an export takes a folder for itself");
  fs::permissions(path, fs::perms::owner_all, error);
  return ExportFolder(std::move(path));
}

Result<Done> ExportFolder::write(const std::vector<FilePiece>& pieces) {
  for (const FilePiece& piece : pieces)
    if (auto written = write(piece); !written) return written;
  return Done{};
}

Result<Done> ExportFolder::write(const FilePiece& piece) {
  if (piece.name == files::kManifest) return finish(piece.bytes);
  if (is_proof_name(piece.name)) return write_proof(piece);
  if (std::ranges::find(kGrowing, piece.name) != kGrowing.end()) return add_to(piece);
  return fail(Code::internal, "an export has no file of that name");
}

Result<Done> ExportFolder::add_to(const FilePiece& piece) {
  const auto [file, fresh] = open_.try_emplace(piece.name);
  if (fresh) file->second.open(path_ / piece.name, std::ios::binary);
  file->second.write(piece.bytes.data(), static_cast<std::streamsize>(piece.bytes.size()));
  if (!file->second) return cannot_write(piece.name);
  return Done{};
}

Result<Done> ExportFolder::write_proof(const FilePiece& proof) {
  std::error_code error;
  fs::create_directory(path_ / files::kProofs, error);
  std::ofstream out(path_ / proof.name, std::ios::binary);
  out.write(proof.bytes.data(), static_cast<std::streamsize>(proof.bytes.size()));
  out.close();
  if (!out) return cannot_write(proof.name);
  return Done{};
}

Result<Done> ExportFolder::finish(const std::string& manifest) {
  for (auto& [name, file] : open_) {
    file.close();
    if (!file) return cannot_write(name);
  }
  auto written = write_whole(path_ / files::kManifest, manifest);
  complete_ = written.has_value();
  return written;
}

}  // namespace cordon::audit
