#include "audit/export.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "audit/export_format.h"
#include "audit/proof.h"
#include "base/file.h"

namespace cordon::audit {

namespace {

using namespace std::chrono_literals;

/// Texts that are given back last first, in a file of the folder's disk. It has no name: nobody else opens it, and it
/// is gone with the process.
class Stack {
 public:
  explicit Stack(const std::filesystem::path& folder) {
    std::string name = (folder / ".pages-XXXXXX").string();
    fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd_ >= 0) ::unlink(name.c_str());
  }
  ~Stack() {
    if (fd_ >= 0) ::close(fd_);
  }
  Stack(const Stack&) = delete;

  bool empty() const { return top_ == 0; }
  /// Behind each text stands its length.
  bool push(std::string text) {
    uint64_t length = text.size();
    text.append(reinterpret_cast<const char*>(&length), sizeof length);
    for (size_t done = 0; done < text.size();) {
      const ssize_t some = ::pwrite(fd_, text.data() + done, text.size() - done, top_ + static_cast<off_t>(done));
      if (some <= 0) return false;
      done += static_cast<size_t>(some);
    }
    top_ += static_cast<off_t>(text.size());
    return true;
  }
  std::optional<std::string> pop() {
    uint64_t length = 0;
    if (!read(reinterpret_cast<char*>(&length), sizeof length)) return std::nullopt;
    std::string out(length, '\0');
    if (!read(out.data(), length)) return std::nullopt;
    return out;
  }

 private:
  /// The last bytes, which are taken off.
  bool read(char* out, size_t size) {
    top_ -= static_cast<off_t>(size);
    for (size_t done = 0; done < size;) {
      const ssize_t some = ::pread(fd_, out + done, size - done, top_ + static_cast<off_t>(done));
      if (some <= 0) return false;
      done += static_cast<size_t>(some);
    }
    return true;
  }
  int fd_ = -1;
  off_t top_ = 0;
};

/// Tiles of a tree of one size, each read once while it is asked for again and again: neighbours' proofs share most.
class KeptTiles : public TileSource {
 public:
  explicit KeptTiles(TileSource& source) : source_(source) {}

  net::Task<Result<std::vector<std::string>>> read(std::vector<TilePath> paths) override {
    if (kept_.size() > kMost) kept_.clear();
    std::vector<TilePath> missing;
    for (const TilePath& path : paths)
      if (!kept_.contains(path.text())) missing.push_back(path);
    if (!missing.empty()) {
      auto read = co_await source_.read(missing);
      if (!read) co_return read;
      for (size_t i = 0; i < missing.size(); ++i) kept_[missing[i].text()] = std::move(read->at(i));
    }
    std::vector<std::string> out;
    for (const TilePath& path : paths) out.push_back(kept_[path.text()]);
    co_return out;
  }

 private:
  static constexpr size_t kMost = 512;  // 4 MiB
  TileSource& source_;
  std::map<std::string, std::string> kept_;
};

/// The events that are asked for, a page a text, oldest first in each: the transaction, a space and the event as JSON.
net::Task<Result<int64_t>> gather(db::Pool& identities, Opener opener, const Export& wanted, Stack& pages) {
  EventQuery query = wanted.query;
  query.limit = Int<1, 200>{200};
  int64_t events = 0;
  for (bool more = true; more;) {
    auto page = co_await opened_events(identities, opener, wanted.tenant, query);
    if (!page) co_return std::unexpected(page.error());
    std::string text;
    for (auto event = page->items.rbegin(); event != page->items.rend(); ++event)
      text += std::to_string(event->xid) + " " + json::encode(*event) + "\n";
    if (!text.empty() && !pages.push(std::move(text)))
      co_return fail(Code::internal, "cannot write to " + wanted.folder.string());
    events += static_cast<int64_t>(page->items.size());
    more = page->next_cursor.has_value();
    if (more) query.cursor = EventId::parse(*page->next_cursor);
  }
  co_return events;
}

Result<std::vector<EventRecord>> read_page(std::string_view text) {
  std::vector<EventRecord> out;
  while (!text.empty()) {
    const size_t space = text.find(' '), end = text.find('\n');
    auto event = json::decode<EventRecord>(text.substr(space + 1, end - space - 1));
    if (!event) return std::unexpected(event.error());
    std::from_chars(text.data(), text.data() + space, event->xid);
    out.push_back(std::move(*event));
    text.remove_prefix(end + 1);
  }
  return out;
}

/// Waits until the log has an event, or for `patience`; whether it has.
net::Task<Result<bool>> wait_for(LogStore& log, TenantId tenant, EventId event, std::chrono::milliseconds patience) {
  for (const auto end = std::chrono::steady_clock::now() + patience;;) {
    auto index = co_await log.index_of(tenant, event);
    if (!index) co_return std::unexpected(index.error());
    if (*index) co_return true;
    if (std::chrono::steady_clock::now() >= end) co_return false;
    co_await net::sleep(100ms);
  }
}

/// An export's folder while it is written. The manifest comes last: without it there is no export.
class Folder {
 public:
  Folder(const Export& wanted, std::string checkpoint) : path_(wanted.folder), checkpoint_(std::move(checkpoint)) {
    if (wanted.json) {
      std::filesystem::create_directory(path_ / files::kProofs);
      json_.emplace(path_, files::kJson);
      proofs_.emplace(path_, files::kProofList);
    }
    if (wanted.csv) csv_.emplace(path_, files::kCsv).write(csv_header_with_index() + "\r\n");
  }

  bool takes_proofs() const { return json_.has_value(); }
  Result<Done> add(const LoggedEvent& logged, const std::optional<Proof>& proof) {
    if (json_) json_->write(to_json(logged) + "\n");
    if (csv_) csv_->write(csv_cells_with_index(logged) + "\r\n");
    ++done_.events;
    if (!proof) return Done{};
    ++done_.proved;
    SummedFile file(path_, proof_name(logged.event.event_id));
    file.write(proof->to_text());
    const auto sum = file.close();
    if (!sum) return std::unexpected(sum.error());
    proofs_->write(sum->to_text() + "\n");
    return Done{};
  }
  Result<Exported> finish(Manifest manifest, const keys::SigningKey& key) {
    SummedFile checkpoint(path_, files::kCheckpoint);
    checkpoint.write(checkpoint_);
    for (SummedFile* file :
         {json_ ? &*json_ : nullptr, csv_ ? &*csv_ : nullptr, proofs_ ? &*proofs_ : nullptr, &checkpoint}) {
      if (!file) continue;
      const auto sum = file->close();
      if (!sum) return std::unexpected(sum.error());
      manifest.files.push_back(*sum);
    }
    manifest.events = done_.events;
    manifest.proved = done_.proved;
    const std::string text = manifest.to_text();
    const auto written =
        write_whole(path_ / files::kManifest, text + "\n" + signature_line(manifest.origin, key, text));
    if (!written) return std::unexpected(written.error());
    return done_;
  }

 private:
  std::filesystem::path path_;
  std::string checkpoint_;
  std::optional<SummedFile> json_, csv_, proofs_;
  Exported done_;
};

/// Writes a page; what the tree of `size` has is proved.
net::Task<Result<Done>> add_page(LogStore& log, TileSource& tiles, const std::string& checkpoint, uint64_t size,
                                 const std::vector<EventRecord>& page, Folder& folder) {
  std::vector<LogPlace> places;
  for (const EventRecord& event : page) places.push_back({event.xid, event.event_id.value});
  auto indexes = co_await log.indexes_of(places);
  if (!indexes) co_return std::unexpected(indexes.error());
  for (size_t i = 0; i < page.size(); ++i) {
    LoggedEvent logged;
    logged.event = page[i];
    if (indexes->at(i) && *indexes->at(i) < size) logged.index = indexes->at(i);
    std::optional<Proof> proof;
    if (logged.index && folder.takes_proofs()) {
      auto made = co_await prove(tiles, *logged.index, checkpoint);
      if (!made) co_return std::unexpected(made.error());
      proof = std::move(*made);
    }
    if (auto added = folder.add(logged, proof); !added) co_return added;
  }
  co_return Done{};
}

Result<Done> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::invalid, "cannot make the folder " + folder.string());
  if (!std::filesystem::is_empty(folder, error) || error)
    return fail(Code::conflict, folder.string() + " is not empty; an export takes a folder for itself");
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  return Done{};
}

}  // namespace

net::Task<Result<Exported>> export_events(db::Pool& identities, Recorder& recorder, const keys::SigningKey& key,
                                          Event event, Export wanted) {
  if (auto made = make_folder(wanted.folder); !made) co_return std::unexpected(made.error());
  Stack pages(wanted.folder);
  auto events = co_await gather(identities, Opener(recorder.keys()), wanted, pages);
  if (!events) co_return std::unexpected(events.error());
  const boost::json::object query = to_object(wanted.tenant, wanted.query);
  const TenantId tenant = event.tenant.value();
  const EventId id = event.id;
  event.rows = *events;
  event.detail = boost::json::serialize(boost::json::object{{"query", query}, {"events", *events}});
  auto recorded = co_await recorder.record(std::move(event));
  if (!recorded) co_return std::unexpected(recorded.error());

  LogStore store = recorder.log();
  auto there = co_await wait_for(store, tenant, id, wanted.patience);
  if (!there) co_return std::unexpected(there.error());
  auto log = co_await store.log();
  if (!log) co_return std::unexpected(log.error());
  auto note = Note::parse(log->checkpoint);
  auto tree = note ? Checkpoint::parse(note->text) : std::unexpected(note.error());
  if (!tree) co_return fail(Code::unavailable, "The log has no checkpoint yet; it is signed while a server runs.");
  if (!note->signed_by(log->key) || log->key.key != key.public_key())
    co_return fail(Code::conflict, "The log's checkpoint is not signed by the key that this process has.");

  Folder folder(wanted, log->checkpoint);
  KeptTiles tiles(store);
  while (!pages.empty()) {
    const auto text = pages.pop();
    auto page = text ? read_page(*text) : fail(Code::internal, "cannot read back what is exported");
    if (!page) co_return std::unexpected(page.error());
    auto added = co_await add_page(store, tiles, log->checkpoint, tree->size, *page, folder);
    if (!added) co_return std::unexpected(added.error());
  }
  Manifest manifest;
  manifest.origin = log->key.name;
  manifest.query = boost::json::serialize(query);
  manifest.event = to_string(id);
  co_return folder.finish(std::move(manifest), key);
}

}  // namespace cordon::audit
