// Exports in an object store, which cannot read them: one object each, sealed with a key of its own. That key stands in
// the database, closed with the key of the shop's audit events, so an export ends with it, wherever copies of it lie.
#pragma once
#include "audit/export.h"
#include "audit/sealed_export_store.h"
#include "keys/field.h"
#include "keys/object_store.h"

namespace cordon::audit {

inline constexpr keys::Field kObjectKey{"audit.export", "object_key"};

/// The object's name in its store: "audit-exports/<id>". It is also the resource of the events of its making and
/// fetching.
std::string export_object(EventId id);

/// As export_events(), into `store`; the export has the id of `event`. An export of one tenant ends with its key, one
/// of all with the platform's. Code::conflict also where that key has ended already. `wanted.folder` is not asked:
/// pages wait in the system's folder for temporary files, sealed.
net::Task<Result<Exported>> seal_export(db::Pool& identities, Recorder& recorder, const keys::SigningKey& key,
                                        Event event, Export wanted, keys::ObjectStore& store);

/// Writes an export back into a folder, as export_events() would have made it; returns how many events it has. Leaves
/// the event `audit.fetch`, before anything is read. Code::not_found where there is no such export, or no object of it
/// in this store; Code::conflict where its key has ended, and nothing is written then, or the folder has something in
/// it; Code::internal where the object is not what was stored, and then the folder gets no manifest.
net::Task<Result<int64_t>> fetch_export(db::Pool& identities, Recorder& recorder, keys::ObjectStore& store, EventId id,
                                        std::filesystem::path folder);

}  // namespace cordon::audit
