#include "audit/sealed_export.h"

#include <openssl/crypto.h>

#include <charconv>

#include "audit/export_folder.h"
#include "audit/export_pieces.h"
#include "keys/keyring.h"
#include "keys/sealed_object.h"

namespace cordon::audit {

namespace {

/// What the object is sealed for: docs/keys.md has it for strangers.
std::string object_aad(std::optional<TenantId> tenant, EventId id) {
  return "cordon audit export " + to_string(tenant.value_or(TenantId{})) + " " + to_string(id);
}

/// In the object: the file's name, a space, how many bytes, a newline, the bytes.
void append_piece(std::string& out, const FilePiece& piece) {
  ((out += piece.name) += ' ') += std::to_string(piece.bytes.size());
  (out += '\n') += piece.bytes;
}

/// Takes what append_piece() made, cut anywhere.
class PieceReader {
 public:
  /// The pieces that are whole by now. Code::internal for anything else.
  Result<std::vector<FilePiece>> take(std::string_view bytes) {
    held_ += bytes;
    std::vector<FilePiece> out;
    size_t at = 0;
    for (size_t end; (end = held_.find('\n', at)) != held_.npos;) {
      const size_t space = held_.rfind(' ', end);
      size_t length = 0;
      const char* last = held_.data() + end;
      if (space == held_.npos || space < at || std::from_chars(last - (end - space - 1), last, length).ptr != last)
        return fail(Code::internal, "this object is no export");
      if (length > held_.size() - end - 1) break;
      out.push_back({held_.substr(at, space - at), held_.substr(end + 1, length)});
      at = end + 1 + length;
    }
    held_.erase(0, at);
    return out;
  }

 private:
  std::string held_;
};

/// What closes the key of an export's object; made where a tenant has none yet.
net::Task<Result<keys::DataKey>> closing_key_of(Recorder& recorder, std::optional<TenantId> tenant) {
  std::vector<Uuid> subjects{keys::kEvents};
  const keys::Transact transact = recorder.keys();
  auto found = co_await keys::Keyring::current().make(transact, tenant.value_or(TenantId{}), std::move(subjects));
  if (!found) co_return std::unexpected(found.error());
  co_return found->of(keys::kEvents);
}

/// The key of an export's object; empty where it has ended.
net::Task<Result<keys::Secret>> object_key_of(Recorder& recorder, SealedExport of) {
  Opener opener(recorder.keys());
  auto key = co_await opener.key(of.tenant);
  if (!key) co_return std::unexpected(key.error());
  if (!*key) throw keys::Tampered("an export's tenant never had a key");
  std::string plain = (*key)->open(kObjectKey, of.id.value, of.object_key.value);
  if (plain == keys::kErased) co_return keys::Secret();
  auto secret = keys::Secret::of(plain);
  OPENSSL_cleanse(plain.data(), plain.size());
  co_return secret;
}

}  // namespace

std::string export_object(EventId id) { return "audit-exports/" + to_string(id); }

net::Task<Result<Exported>> seal_export(db::Pool& identities, Recorder& recorder, const keys::SigningKey& key,
                                        Event event, Export wanted, keys::ObjectStore& store) {
  auto closing = co_await closing_key_of(recorder, wanted.tenant);
  if (!closing) co_return std::unexpected(closing.error());
  const EventId id = event.id;
  const std::string name = export_object(id), aad = object_aad(wanted.tenant, id);
  event.resource = name;
  ExportPieces pieces(identities, recorder, key, wanted, std::filesystem::temp_directory_path());
  auto begun = co_await pieces.begin(std::move(event));
  if (!begun) co_return std::unexpected(begun.error());
  // The key first: an object without it could be read by nobody.
  const auto secret = keys::Secret::random(keys::kKeyBytes);
  const SealedExport made{id, wanted.tenant, pieces.done().events, closing->close(kObjectKey, id, secret.view())};
  auto kept = co_await keep_export(identities, made);
  if (!kept) co_return std::unexpected(kept.error());
  const keys::Source source = [&]() -> net::Task<Result<std::optional<std::string>>> {
    auto some = co_await pieces.next();
    if (!some) co_return std::unexpected(some.error());
    if (some->empty()) co_return std::nullopt;
    std::optional<std::string> bytes(std::in_place);
    for (const FilePiece& piece : *some) append_piece(*bytes, piece);
    co_return bytes;
  };
  auto stored = co_await keys::put_sealed(store, name, secret, aad, source);
  if (!stored) co_return std::unexpected(stored.error());
  co_return pieces.done();
}

net::Task<Result<int64_t>> fetch_export(db::Pool& identities, Recorder& recorder, keys::ObjectStore& store, EventId id,
                                        std::filesystem::path folder) {
  auto found = co_await find_export(identities, id);
  if (!found) co_return std::unexpected(found.error());
  auto key = co_await object_key_of(recorder, *found);
  if (!key) co_return std::unexpected(key.error());
  Event event = by_operator("audit.fetch", found->tenant.value_or(TenantId{}));
  event.resource = export_object(id);
  if (key->empty()) {
    event.status = info(Code::conflict).status;
    event.code = info(Code::conflict).name;
  } else {
    event.rows = found->events;
  }
  auto recorded = co_await recorder.record(std::move(event));
  if (!recorded) co_return std::unexpected(recorded.error());
  if (key->empty())
    co_return fail(Code::conflict, "the key of the export " + to_string(id) +
                                       " has ended with that of its shop: nobody can read it any more");
  const std::string name = export_object(id), aad = object_aad(found->tenant, id);
  auto object = co_await keys::SealedObject::open(store, name, *key, aad);
  if (!object) co_return std::unexpected(object.error());
  auto written = ExportFolder::make(std::move(folder));
  if (!written) co_return std::unexpected(written.error());
  PieceReader reader;
  const keys::Sink sink = [&](std::string_view bytes) -> net::Task<Result<Done>> {
    auto pieces = reader.take(bytes);
    if (!pieces) co_return std::unexpected(pieces.error());
    co_return written->write(*pieces);
  };
  const keys::ByteRange all;
  auto read = co_await object->read(all, sink);
  if (!read) co_return std::unexpected(read.error());
  if (!written->complete()) co_return fail(Code::internal, "the object of this export has no manifest");
  co_return found->events;
}

}  // namespace cordon::audit
