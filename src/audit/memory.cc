#include "audit/memory.h"

#include "audit/sequencer.h"
#include "base/file.h"

namespace cordon::audit {

std::filesystem::path memory_file(const std::filesystem::path& data) { return data / "audit" / "checkpoint"; }

namespace {

struct Kept {
  Note note;
  Checkpoint checkpoint;
};

Result<Kept> parse(std::string_view text) {
  auto note = Note::parse(text);
  if (!note) return std::unexpected(note.error());
  auto checkpoint = Checkpoint::parse(note->text);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  return Kept{std::move(*note), std::move(*checkpoint)};
}

Result<Kept> read(const std::filesystem::path& file) {
  const auto text = read_whole(file);
  return text ? parse(*text) : std::unexpected(text.error());
}

/// What one process at a time holds while it writes; in a folder that is made.
std::filesystem::path lock_of(const std::filesystem::path& file) {
  std::error_code ec;
  std::filesystem::create_directories(file.parent_path(), ec);
  return file.string() + ".lock";
}

/// Writes a later checkpoint of the same log. A file that was written meanwhile, of a log that was begun since, is left
/// alone.
Result<Done> go_on(const std::filesystem::path& file, const std::string& note) {
  const FileLock lock(lock_of(file));
  const auto stands = read(file), next = parse(note);
  if (stands && next &&
      (stands->checkpoint.origin != next->checkpoint.origin || stands->checkpoint.size >= next->checkpoint.size))
    return Done{};
  return write_whole(file, note);
}

}  // namespace

Result<Done> write_memory(const std::filesystem::path& file, const std::string& note) {
  const FileLock lock(lock_of(file));
  return write_whole(file, note);
}

net::Task<Result<Done>> Memory::check(LogStore& store, const Log& log) const {
  if (!std::filesystem::exists(file_)) co_return Done{};
  const auto kept = read(file_);
  if (!kept)
    co_return fail(Code::conflict, file_.string() +
                                       " holds no whole checkpoint. Put a copy of it back; without the file, what was "
                                       "signed before is forgotten.");
  if (kept->checkpoint.origin != log.key.name)
    co_return fail(Code::conflict, file_.string() + " is of the log " + kept->checkpoint.origin +
                                       ", and the database has " + log.key.name +
                                       ". Use the data folder that belongs to this database; if a new log was begun "
                                       "from another one, remove the file.");
  if (!kept->note.signed_by(log.key))
    co_return fail(Code::conflict, file_.string() +
                                       " is not signed with the key that the database has for the log. Restore the "
                                       "database's newest backup, or begin a new log (cordon audit new-log).");
  co_return co_await continues(store, log, kept->checkpoint);
}

net::Task<Result<Done>> Memory::keep(bool at_once) {
  const auto now = std::chrono::steady_clock::now();
  if (held_ == kept_ || (!at_once && now < due_)) co_return Done{};
  due_ = now + pause_;
  const std::string note = held_;
  Result<Done> written = Done{};
  auto ran = co_await thread_.run([&] { written = go_on(file_, note); });
  if (!ran) co_return ran;
  if (written) kept_ = note;
  co_return written;
}

}  // namespace cordon::audit
