#include "identity/closed_tables.h"

#include "identity/api_token.h"
#include "identity/member_store.h"
#include "keys/closed_table_store.h"

namespace cordon::identity {

namespace {

constexpr db::Statement kReadMembers{
    "closed_tables.read_members",
    CORDON_READ_CLOSED("identity.member", "subject_id", "subject_id", "name, email", CORDON_OF_TENANT)};
constexpr db::Statement kWriteMembers{"closed_tables.write_members", R"(
  UPDATE identity.member m SET name = n.name, email = n.email
    FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[])
         AS n (subject_id, number, old_name, name, old_email, email)
   WHERE m.tenant_id = $1::uuid AND m.subject_id = n.subject_id AND m.name = n.old_name
     AND m.email IS NOT DISTINCT FROM n.old_email)"};
constexpr db::Statement kReadTokens{"closed_tables.read_tokens",
                                    CORDON_READ_CLOSED("identity.api_token", "token_id", "token_id", "last_used_from",
                                                       CORDON_OF_TENANT " AND last_used_from IS NOT NULL")};
constexpr db::Statement kWriteTokens{"closed_tables.write_tokens", R"(
  UPDATE identity.api_token t SET last_used_from = n.address
    FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) AS n (token_id, number, was, address)
   WHERE t.tenant_id = $1::uuid AND t.token_id = n.token_id AND t.last_used_from = n.was)"};
constexpr db::Statement kReadSessions{
    "closed_tables.read_sessions",
    CORDON_READ_CLOSED("identity.session", "session_id", "session_id", "agent, address", CORDON_OF_TENANT)};
constexpr db::Statement kWriteSessions{"closed_tables.write_sessions", R"(
  UPDATE identity.session s SET agent = n.agent, address = n.address
    FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[])
         AS n (session_id, number, old_agent, agent, old_address, address)
   WHERE s.tenant_id = $1::uuid AND s.session_id = n.session_id AND s.agent = n.old_agent AND s.address = n.old_address)"};

}  // namespace

std::vector<keys::ClosedTable> closed_tables() {
  using keys::Reached;
  return {{&kReadMembers, &kWriteMembers, {kMemberName, kMemberEmail}, Reached::by_login},
          {&kReadTokens, &kWriteTokens, {kTokenAddress}, Reached::by_login},
          {&kReadSessions, &kWriteSessions, {kSessionAgent, kSessionAddress}, Reached::by_login}};
}

}  // namespace cordon::identity
