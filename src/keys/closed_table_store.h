// What statements that read closed tables share which the identity login reaches (keys/closed_table.h).
#pragma once

// Whose rows there are: the tenant's, or, of tables without tenants, the platform's, and then no shop has any.
#define CORDON_OF_TENANT "tenant_id = $1::uuid"
#define CORDON_OF_PLATFORM "$1::uuid = '00000000-0000-0000-0000-000000000000'"
// What stands for the id of a row that has none but the digest of a secret.
#define CORDON_DIGEST_ID "encode(substr(digest, 1, 16), 'hex')::uuid"

// ClosedTable::read of rows that have an id of one part (their number is 0) and are under the tenant's own key. `row`
// is what the associated data names.
#define CORDON_READ_CLOSED(table, id, row, columns, whose)                                          \
  "SELECT " id ", 0::bigint, " row ", $1::uuid, " columns " FROM " table " WHERE " whose " AND " id \
  " > $2::uuid AND $3::bigint IS NOT NULL ORDER BY " id " LIMIT $4::bigint"
