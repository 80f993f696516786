#include "audit/export.h"

#include "audit/export_folder.h"
#include "audit/export_pieces.h"

namespace cordon::audit {

net::Task<Result<Exported>> export_events(db::Pool& identities, Recorder& recorder, const keys::SigningKey& key,
                                          Event event, Export wanted) {
  auto folder = ExportFolder::make(wanted.folder);
  if (!folder) co_return std::unexpected(folder.error());
  ExportPieces pieces(identities, recorder, key, wanted, wanted.folder);
  auto begun = co_await pieces.begin(std::move(event));
  if (!begun) co_return std::unexpected(begun.error());
  while (!folder->complete()) {
    auto some = co_await pieces.next();
    if (!some) co_return std::unexpected(some.error());
    auto written = folder->write(*some);
    if (!written) co_return std::unexpected(written.error());
  }
  co_return pieces.done();
}

}  // namespace cordon::audit
