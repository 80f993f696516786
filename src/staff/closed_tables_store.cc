#include "staff/closed_tables.h"

#include "keys/closed_table_store.h"
#include "staff/staff.h"

namespace cordon::staff {

namespace {

// A shop's walk finds no row in these.
constexpr db::Statement kReadStaff{
    "closed_tables.read_staff",
    CORDON_READ_CLOSED("identity.staff", "staff_id", "staff_id", "email", CORDON_OF_PLATFORM)};
constexpr db::Statement kWriteStaff{"closed_tables.write_staff", R"(
  UPDATE identity.staff s SET email = n.email
    FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) AS n (staff_id, number, was, email)
   WHERE )" CORDON_OF_PLATFORM R"( AND s.staff_id = n.staff_id AND s.email = n.was)"};
constexpr db::Statement kReadTotp{
    "closed_tables.read_totp",
    CORDON_READ_CLOSED("identity.staff_totp", "staff_id", "staff_id", "sealed", CORDON_OF_PLATFORM)};
constexpr db::Statement kWriteTotp{"closed_tables.write_totp", R"(
  UPDATE identity.staff_totp t SET sealed = n.sealed
    FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) AS n (staff_id, number, was, sealed)
   WHERE )" CORDON_OF_PLATFORM R"( AND t.staff_id = n.staff_id AND t.sealed = n.was)"};
constexpr db::Statement kReadSecrets{"closed_tables.read_secrets",
                                     CORDON_READ_CLOSED("identity.staff_secret", CORDON_DIGEST_ID, "staff_id", "sealed",
                                                        CORDON_OF_PLATFORM " AND sealed IS NOT NULL")};
constexpr db::Statement kWriteSecrets{"closed_tables.write_secrets", R"(
  UPDATE identity.staff_secret s SET sealed = n.sealed
    FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) AS n (id, number, was, sealed)
   WHERE )" CORDON_OF_PLATFORM " AND " CORDON_DIGEST_ID R"( = n.id AND s.sealed = n.was)"};

}  // namespace

std::vector<keys::ClosedTable> closed_tables() {
  using keys::Reached;
  return {{&kReadStaff, &kWriteStaff, {kEmail}, Reached::by_login},
          {&kReadTotp, &kWriteTotp, {kTotpSecret}, Reached::by_login},
          {&kReadSecrets, &kWriteSecrets, {kOfferedSecret}, Reached::by_login}};
}

}  // namespace cordon::staff
