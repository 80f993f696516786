#include "shopify/closed_tables.h"

#include "keys/closed_table_store.h"
#include "shopify/install_store.h"
#include "shopify/shop_store.h"

namespace cordon::shopify {

namespace {

// One row, under the shop's own key.
constexpr db::Statement kReadInstall{"closed_tables.read_install", R"(
  SELECT tenant_id, 0::bigint, tenant_id, tenant_id, access_token, refresh_token, previous_refresh_token FROM shopify.install
   WHERE tenant_id > $1::uuid AND $2::bigint IS NOT NULL ORDER BY tenant_id LIMIT $3::bigint)"};
constexpr db::Statement kWriteInstall{"closed_tables.write_install", R"(
  UPDATE shopify.install i SET access_token = n.access, refresh_token = n.refresh, previous_refresh_token = n.previous
    FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])
         AS n (tenant_id, number, old_access, access, old_refresh, refresh, old_previous, previous)
   WHERE i.tenant_id = n.tenant_id AND i.access_token = n.old_access AND i.refresh_token = n.old_refresh
     AND i.previous_refresh_token IS NOT DISTINCT FROM n.old_previous)"};
constexpr db::Statement kReadTickets{
    "closed_tables.read_tickets", CORDON_READ_CLOSED("shopify.proxy_ticket", CORDON_DIGEST_ID, "tenant_id", "customer",
                                                     CORDON_OF_TENANT " AND customer IS NOT NULL")};
constexpr db::Statement kWriteTickets{"closed_tables.write_tickets", R"(
  UPDATE shopify.proxy_ticket t SET customer = n.customer
    FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) AS n (id, number, was, customer)
   WHERE t.tenant_id = $1::uuid AND )" CORDON_DIGEST_ID R"( = n.id AND t.customer = n.was)"};

}  // namespace

std::vector<keys::ClosedTable> closed_tables() {
  return {{&kReadInstall, &kWriteInstall, {kAccessToken, kRefreshToken, kPreviousRefreshToken}},
          {&kReadTickets, &kWriteTickets, {kTicketCustomer}, keys::Reached::by_login}};
}

}  // namespace cordon::shopify
