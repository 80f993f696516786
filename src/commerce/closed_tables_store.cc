#include "commerce/closed_tables.h"
#include "commerce/conversation.h"
#include "commerce/customer_store.h"

namespace cordon::commerce {

namespace {

constexpr db::Statement kReadMessages{"closed_tables.read_messages", R"(
  SELECT conversation_id, seq, message_id, visitor_id, body FROM commerce.message
   WHERE (conversation_id, seq) > ($1::uuid, $2::bigint) ORDER BY conversation_id, seq LIMIT $3::bigint)"};
constexpr db::Statement kWriteMessages{"closed_tables.write_messages", R"(
  UPDATE commerce.message m SET body = n.body
    FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[]) AS n (conversation_id, seq, was, body)
   WHERE m.conversation_id = n.conversation_id AND m.seq = n.seq::bigint AND m.body = n.was)"};

// The rest have an id of one part; their number is 0.
#define READ(table, key, subject, columns)                                                 \
  "SELECT " key ", 0::bigint, " key ", " subject ", " columns " FROM " table " WHERE " key \
  " > $1::uuid AND $2::bigint IS NOT NULL ORDER BY " key " LIMIT $3::bigint"
constexpr db::Statement kReadConversations{"closed_tables.read_conversations",
                                           READ("commerce.conversation", "conversation_id", "visitor_id", "preview")};
constexpr db::Statement kWriteConversations{"closed_tables.write_conversations", R"(
  UPDATE commerce.conversation c SET preview = n.preview
    FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[]) AS n (conversation_id, number, was, preview)
   WHERE c.conversation_id = n.conversation_id AND c.preview = n.was)"};
constexpr db::Statement kReadVisitors{"closed_tables.read_visitors",
                                      READ("commerce.visitor", "visitor_id", "visitor_id", "customer_name")};
constexpr db::Statement kWriteVisitors{"closed_tables.write_visitors", R"(
  UPDATE commerce.visitor v SET customer_name = n.name
    FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[]) AS n (visitor_id, number, was, name)
   WHERE v.visitor_id = n.visitor_id AND v.customer_name = n.was)"};
constexpr db::Statement kReadCustomers{
    "closed_tables.read_customers",
    READ("commerce.customer", "customer_id", "customer_id", "external_id, name, email, phone")};
constexpr db::Statement kWriteCustomers{"closed_tables.write_customers", R"(
  UPDATE commerce.customer k SET external_id = n.external_id, name = n.name, email = n.email, phone = n.phone
    FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[])
         AS n (customer_id, number, old_id, external_id, old_name, name, old_email, email, old_phone, phone)
   WHERE k.customer_id = n.customer_id AND k.external_id = n.old_id AND k.name = n.old_name
     AND k.email IS NOT DISTINCT FROM n.old_email AND k.phone IS NOT DISTINCT FROM n.old_phone)"};

}  // namespace

std::vector<keys::ClosedTable> closed_tables() {
  return {{&kReadMessages, &kWriteMessages, {kBody}},
          {&kReadConversations, &kWriteConversations, {kPreview}},
          {&kReadVisitors, &kWriteVisitors, {kCustomerName}},
          {&kReadCustomers, &kWriteCustomers, {kExternalId, kName, kEmail, kPhone}}};
}

}  // namespace cordon::commerce
