#include "audit/closed_tables.h"

#include "audit/log_key.h"
#include "keys/closed_table_store.h"

namespace cordon::audit {

namespace {

constexpr db::Statement kReadLog{
    "closed_tables.read_log", CORDON_READ_CLOSED("audit.log", "log_id", "log_id", "private_key", CORDON_OF_PLATFORM)};
// The login may not write the log's row by itself.
constexpr db::Statement kWriteLog{"closed_tables.write_log", R"(
  SELECT audit.close_log_key(n.log_id, n.was, n.private_key)
    FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) AS n (log_id, number, was, private_key)
   WHERE )" CORDON_OF_PLATFORM};

}  // namespace

std::vector<keys::ClosedTable> closed_tables() { return {{&kReadLog, &kWriteLog, {kLogKey}, keys::Reached::by_login}}; }

}  // namespace cordon::audit
