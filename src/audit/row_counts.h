// What PostgreSQL itself counted, against what audit events tell: whoever reads tenants' rows beside Cordon, with one
// of its logins, leaves no event and is counted all the same.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "db/pool.h"

namespace cordon::audit {

struct RowCount {
  std::string statement;  ///< its name, or its beginning where it is none of Cordon's
  int64_t seen = 0;       ///< rows that PostgreSQL gave
  int64_t recorded = 0;   ///< rows that events tell of
  int64_t variants = 1;   ///< how many different statements gave them: Cordon has one of each name
};

struct RowCounts {
  Time since;                       ///< when PostgreSQL began to count
  int64_t statements = 0;           ///< that were compared
  std::vector<RowCount> excessive;  ///< of which more was seen than is recorded, or more than one has the name
};

/// Compares the logins that read tenants' data, as cordon_identity. Counts first, and reads events `settle` later: what
/// is under way is recorded by then, and so nothing excessive is merely early. What was read moments ago may hide among
/// what was recorded meanwhile, and shows once it is quiet. Code::not_found without pg_stat_statements.
net::Task<Result<RowCounts>> compare_rows(db::Pool& identities, std::chrono::milliseconds settle);

}  // namespace cordon::audit
