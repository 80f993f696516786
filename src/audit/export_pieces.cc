#include "audit/export_pieces.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "audit/proof.h"

namespace cordon::audit {

namespace {

using namespace std::chrono_literals;

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

}  // namespace

net::Task<Result<std::vector<std::string>>> KeptTiles::read(std::vector<TilePath> paths) {
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

ExportPieces::ExportPieces(db::Pool& identities, Recorder& recorder, const keys::SigningKey& key, const Export& wanted,
                           const std::filesystem::path& scratch)
    : identities_(identities), recorder_(recorder), key_(key), wanted_(wanted), pages_(scratch), log_(recorder.log()) {
  if (wanted.json) {
    json_.emplace(files::kJson);
    proofs_.emplace(files::kProofList);
  }
  if (wanted.csv) csv_.emplace(files::kCsv).write(csv_header_with_index() + "\r\n");
}

net::Task<Result<Done>> ExportPieces::begin(Event event) {
  auto gathered = co_await gather();
  if (!gathered) co_return gathered;
  const boost::json::object query = to_object(wanted_.tenant, wanted_.query);
  manifest_.query = boost::json::serialize(query);
  manifest_.event = to_string(event.id);
  const TenantId tenant = event.tenant.value();
  const EventId id = event.id;
  event.rows = done_.events;
  event.detail = boost::json::serialize(boost::json::object{{"query", query}, {"events", done_.events}});
  auto recorded = co_await recorder_.record(std::move(event));
  if (!recorded) co_return recorded;
  auto there = co_await wait_for(log_, tenant, id, wanted_.patience);
  if (!there) co_return std::unexpected(there.error());
  auto log = co_await log_.log();
  if (!log) co_return std::unexpected(log.error());
  co_return take_checkpoint(*log);
}

/// The events that are asked for, a page a text, oldest first in each: the transaction, a space and the event as JSON.
net::Task<Result<Done>> ExportPieces::gather() {
  const Opener opener(recorder_.keys());
  EventQuery query = wanted_.query;
  query.limit = Int<1, 200>{200};
  for (bool more = true; more;) {
    auto page = co_await opened_events(identities_, opener, wanted_.tenant, query);
    if (!page) co_return std::unexpected(page.error());
    std::string text;
    for (auto event = page->items.rbegin(); event != page->items.rend(); ++event)
      text += std::to_string(event->xid) + " " + json::encode(*event) + "\n";
    if (!text.empty() && !pages_.push(text)) co_return fail(Code::internal, "cannot write what is to be exported");
    done_.events += static_cast<int64_t>(page->items.size());
    more = page->next_cursor.has_value();
    if (more) query.cursor = EventId::parse(*page->next_cursor);
  }
  co_return Done{};
}

/// The log's newest, by which everything is proved.
Result<Done> ExportPieces::take_checkpoint(const Log& log) {
  auto note = Note::parse(log.checkpoint);
  auto tree = note ? Checkpoint::parse(note->text) : std::unexpected(note.error());
  if (!tree) return fail(Code::unavailable, "The log has no checkpoint yet; it is signed while a server runs.");
  if (!note->signed_by(log.key) || log.key.key != key_.public_key())
    return fail(Code::conflict, "The log's checkpoint is not signed by the key that this process has.");
  manifest_.origin = log.key.name;
  checkpoint_ = log.checkpoint;
  size_ = tree->size;
  return Done{};
}

net::Task<Result<std::vector<FilePiece>>> ExportPieces::next() {
  std::vector<FilePiece> out;
  if (ended_) co_return out;
  if (pages_.empty()) {
    end(out);
    co_return out;
  }
  const auto text = pages_.pop();
  auto page = text ? read_page(*text) : fail(Code::internal, "cannot read back what is exported");
  if (!page) co_return std::unexpected(page.error());
  auto added = co_await add_page(std::move(*page), out);
  if (!added) co_return std::unexpected(added.error());
  take_written(out);
  co_return out;
}

/// What the checkpoint's tree has is proved.
net::Task<Result<Done>> ExportPieces::add_page(std::vector<EventRecord> page, std::vector<FilePiece>& out) {
  std::vector<LogPlace> places;
  for (const EventRecord& event : page) places.push_back({event.xid, event.event_id.value});
  auto indexes = co_await log_.indexes_of(places);
  if (!indexes) co_return std::unexpected(indexes.error());
  for (size_t i = 0; i < page.size(); ++i) {
    LoggedEvent logged;
    logged.event = std::move(page[i]);
    if (indexes->at(i) && *indexes->at(i) < size_) logged.index = indexes->at(i);
    if (json_) json_->write(to_json(logged) + "\n");
    if (csv_) csv_->write(csv_cells_with_index(logged) + "\r\n");
    if (!logged.index || !proofs_) continue;
    auto proof = co_await prove(tiles_, *logged.index, checkpoint_);
    if (!proof) co_return std::unexpected(proof.error());
    FilePiece file{proof_name(logged.event.event_id), proof->to_text()};
    proofs_->write(sum_of(file.name, file.bytes).to_text() + "\n");
    out.push_back(std::move(file));
    ++done_.proved;
  }
  co_return Done{};
}

void ExportPieces::take_written(std::vector<FilePiece>& out) {
  for (auto* file : {&json_, &csv_, &proofs_})
    if (*file) out.push_back((*file)->take());
}

void ExportPieces::end(std::vector<FilePiece>& out) {
  // Also of a file that nothing was written to: it is there, and empty.
  take_written(out);
  for (auto* file : {&json_, &csv_, &proofs_})
    if (*file) manifest_.files.push_back((*file)->sum());
  manifest_.files.push_back(sum_of(files::kCheckpoint, checkpoint_));
  out.push_back({files::kCheckpoint, checkpoint_});
  manifest_.events = done_.events;
  manifest_.proved = done_.proved;
  const std::string text = manifest_.to_text();
  out.push_back({files::kManifest, text + "\n" + signature_line(manifest_.origin, key_, text)});
  ended_ = true;
}

}  // namespace cordon::audit
