#include "db/reset.h"

namespace cordon::db {

std::span<const char* const> reset_statements() {
  static constexpr const char* kStatements[] = {
      "RESET ALL",   // search_path, DateStyle, timeouts, cordon.seal, defaults of later transactions
      "CLOSE ALL",   // held cursors
      "UNLISTEN *",  // somebody else's notifications
      "SELECT pg_catalog.pg_advisory_unlock_all()",
  };
  return kStatements;
}

std::string_view start_options() {
  return "-c local_preload_libraries= -c role=none -c cordon.seal= -c search_path=pg_catalog -c row_security=on "
         "-c default_transaction_isolation=read\\ committed -c default_transaction_read_only=off "
         "-c default_transaction_deferrable=off -c synchronous_commit=on -c statement_timeout=10s -c lock_timeout=5s "
         "-c idle_in_transaction_session_timeout=5s -c idle_session_timeout=0 -c DateStyle=ISO -c "
         "IntervalStyle=postgres "
         "-c TimeZone=UTC -c bytea_output=hex -c extra_float_digits=1 -c client_min_messages=notice "
         "-c standard_conforming_strings=on -c transform_null_equals=off -c plan_cache_mode=force_generic_plan -c "
         "jit=off";
}

}  // namespace cordon::db
