// What `cordon audit` does with exports: into a folder, or sealed into an object store and back.
#pragma once
#include "audit/export.h"
#include "identity/backend.h"

namespace cordon::app {

/// Writes an export and says how much is in it. Leaves the event `audit.export`, of the shop or of the platform.
net::Task<Result<Done>> export_to_folder(identity::Backend& backend, audit::Export wanted);
/// The same into the object store that `url` names (keys/object_store.h); says the export's id.
net::Task<Result<Done>> export_to_store(identity::Backend& backend, audit::Export wanted, std::string url);
/// Reads such an export back into a folder. Leaves the event `audit.fetch`.
net::Task<Result<Done>> fetch_to_folder(identity::Backend& backend, std::string url, std::string id,
                                        std::string folder);
/// The exports that were put into object stores, newest first.
net::Task<Result<Done>> print_exports(identity::Backend& backend);

}  // namespace cordon::app
