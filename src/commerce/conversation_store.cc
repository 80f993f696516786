#include "commerce/conversation_store.h"

#include "base/utf8.h"
#include "commerce/cursor.h"
#include "commerce/customer_store.h"
#include "db/page.h"
#include "keys/keyring.h"

namespace cordon::commerce {

namespace {

// The columns of a Conversation, in read_conversation()'s order.
#define CONVERSATION                                                                                 \
  "c.conversation_id, c.visitor_id, c.customer_id, c.status, c.handler, c.assignee_id, c.last_seq, " \
  "c.visitor_read_seq, "                                                                             \
  "c.merchant_read_seq, c.preview, c.last_author, c.created_at, c.last_message_at, v.customer_name, c.changed_at"
// Who answers sees the customer's name without the right to see profiles: it stands in the visitor's row.
#define OF_VISITOR "v.tenant_id = c.tenant_id AND v.visitor_id = c.visitor_id"
#define CONVERSATIONS "commerce.conversation c JOIN commerce.visitor v ON " OF_VISITOR

template <class E>
E enum_of(std::string_view text) {
  E value{};
  boost::describe::enum_from_string(std::string(text).c_str(), value);
  return value;
}

constexpr int kChangedAt = 14;

Conversation read_conversation(const db::Rows& r, int i, const keys::DataKeys& keys) {
  Conversation c;
  c.id = r.id<ConversationId>(i, 0);
  c.visitor_id = r.id<VisitorId>(i, 1);
  c.customer_id = r.maybe_id<CustomerId>(i, 2);
  c.status = enum_of<Status>(r.text(i, 3));
  c.handler = enum_of<Handler>(r.text(i, 4));
  c.assignee_id = r.maybe_id<SubjectId>(i, 5);
  c.last_seq = r.integer(i, 6);
  c.visitor_read_seq = r.integer(i, 7);
  c.merchant_read_seq = r.integer(i, 8);
  const keys::DataKey& key = keys.of(c.visitor_id);
  if (!r.text(i, 9).empty()) c.preview = key.open(kPreview, c.id.value, r.text(i, 9));
  if (!r.text(i, 10).empty()) c.last_author = enum_of<Author>(r.text(i, 10));
  c.created_at = r.time(i, 11);
  c.last_message_at = r.time(i, 12);
  c.changed_at = r.time(i, kChangedAt);
  if (!r.null(i, 13)) c.customer_name = key.open(kCustomerName, c.visitor_id.value, r.text(i, 13));
  return c;
}

#define MESSAGE \
  "m.seq, m.message_id, m.author, m.author_id, m.client_id, m.body, m.sources::text, m.sent_at, m.visitor_id"
constexpr int kVisitor = 8;  // of a message; of a conversation it is 1

Message read_message(const db::Rows& r, int i, const keys::DataKeys& keys) {
  Message m;
  m.seq = r.integer(i, 0);
  m.id = r.id<MessageId>(i, 1);
  m.author = enum_of<Author>(r.text(i, 2));
  m.author_id = r.maybe_id<SubjectId>(i, 3);
  m.client_id = r.maybe_id<ClientId>(i, 4);
  m.text = keys.of(r.uuid(i, kVisitor)).open(kBody, m.id.value, r.text(i, 5));
  if (!r.null(i, 6))
    if (auto sources = json::parse(r.text(i, 6))) json::read(*sources, "sources", m.sources).value();
  m.sent_at = r.time(i, 7);
  return m;
}

std::vector<Message> read_messages(const db::Rows& r, const keys::DataKeys& keys) {
  std::vector<Message> out;
  out.reserve(static_cast<size_t>(r.size()));
  for (int i = 0; i < r.size(); ++i) out.push_back(read_message(r, i, keys));
  return out;
}

/// The keys of the visitors that stand in a column of `rows`.
Task<Result<keys::DataKeys>> keys_of(Scope& scope, const db::Rows& rows, int column) {
  std::vector<Uuid> visitors;
  for (int i = 0; i < rows.size(); ++i) visitors.push_back(rows.uuid(i, column));
  return keys::find_keys(scope, std::move(visitors));
}

std::unexpected<Error> no_conversation() { return fail(Code::not_found, "There is no such conversation."); }

// Listings: one statement for each combination of filters that a page of the console uses, so that each has its index.
// $1, $2 position, $3 limit, $4 filter
#define LISTING(where)                                                          \
  "SELECT " CONVERSATION " FROM " CONVERSATIONS                                 \
  " WHERE c.last_seq > 0 AND "                                                  \
  "(c.last_message_at, c.conversation_id) < ($1::timestamptz, $2::uuid) " where \
  " ORDER BY c.last_message_at DESC, c.conversation_id DESC LIMIT $3::integer"
constexpr db::Statement kList{"conversation.list", LISTING("")};
constexpr db::Statement kListByStatus{"conversation.list_by_status", LISTING("AND c.status = $4")};
constexpr db::Statement kListByHandler{"conversation.list_by_handler", LISTING("AND c.handler = $4")};
constexpr db::Statement kListByBoth{"conversation.list_by_both", LISTING("AND c.handler = $4 AND c.status = $5")};
constexpr db::Statement kListOfCustomer{"conversation.list_of_customer", LISTING("AND c.customer_id = $4::uuid")};
constexpr db::Statement kCount{"conversation.count",
                               "SELECT count(*) FROM commerce.conversation c WHERE c.last_seq > 0"};

// $1 conversation
constexpr db::Statement kFind{"conversation.find",
                              "SELECT " CONVERSATION " FROM " CONVERSATIONS " WHERE c.conversation_id = $1::uuid"};
// $1 conversation, $2 when it was changed for the last time that is known
constexpr db::Statement kNews{"conversation.news", "SELECT " CONVERSATION " FROM " CONVERSATIONS
                                                   " WHERE c.conversation_id = $1::uuid AND c.changed_at <> "
                                                   "$2::timestamptz"};
// $1 since
constexpr db::Statement kChanged{"conversation.changed", "SELECT " CONVERSATION " FROM " CONVERSATIONS
                                                         " WHERE c.changed_at >= $1::timestamptz AND c.last_seq > "
                                                         "0 ORDER BY c.changed_at LIMIT 200"};
constexpr db::Statement kClock{"conversation.clock", "SELECT clock_timestamp()"};
// $1 conversation, $2 before, $3 limit
constexpr db::Statement kMessagesBefore{"conversation.messages_before", "SELECT " MESSAGE R"( FROM commerce.message m
 WHERE m.conversation_id = $1::uuid AND m.seq < $2::bigint ORDER BY m.seq DESC LIMIT $3::integer)"};
// $1 conversation, $2 after, $3 limit
constexpr db::Statement kMessagesAfter{"conversation.messages_after", "SELECT " MESSAGE R"( FROM commerce.message m
 WHERE m.conversation_id = $1::uuid AND m.seq > $2::bigint ORDER BY m.seq LIMIT $3::integer)"};

// One statement stores a message: the number comes from the conversation's row, which so is locked until the commit,
// and gaps cannot arise. A client_id that was stored before yields that message and changes nothing. The assistant's
// answer is dropped when somebody else has taken over since its job was queued. $1 tenant, $2 conversation, $3 message,
// $4 author, $5 author_id, $6 client_id, $7 body, $8 sources, $9 who handles it after an assistant's answer, $10
// preview
#define SEND(reopen)                                                                                                  \
  "WITH known AS (SELECT " MESSAGE                                                                                    \
  " FROM commerce.message m WHERE m.conversation_id = $2::uuid AND m.client_id = $6::uuid), "                         \
  "c AS (UPDATE commerce.conversation c SET last_seq = c.last_seq + 1, preview = $10::bytea, last_author = $4, "      \
  "last_message_at = clock_timestamp(), changed_at = clock_timestamp()" reopen                                        \
  " AND $9::text IS NOT NULL AND NOT EXISTS (SELECT FROM known) RETURNING c.last_seq, c.visitor_id), "                \
  "m AS (INSERT INTO commerce.message AS m (tenant_id, conversation_id, seq, message_id, visitor_id, author, "        \
  "author_id, "                                                                                                       \
  "client_id, body, sources) SELECT $1::uuid, $2::uuid, c.last_seq, $3::uuid, c.visitor_id, $4, $5::uuid, $6::uuid, " \
  "$7::bytea, "                                                                                                       \
  "$8::jsonb FROM c RETURNING " MESSAGE                                                                               \
  ") "                                                                                                                \
  "SELECT m.*, false FROM m UNION ALL SELECT known.*, true FROM known"
constexpr db::Statement kSendAsVisitor{"conversation.send_as_visitor",
                                       SEND(", status = 'open' WHERE c.conversation_id = $2::uuid")};
constexpr db::Statement kSendAsAgent{
    "conversation.send_as_agent",
    SEND(", handler = 'human', assignee_id = coalesce(c.assignee_id, $5::uuid) WHERE c.conversation_id = $2::uuid AND "
         "c.status = 'open'")};
constexpr db::Statement kSendAsAssistant{
    "conversation.send_as_assistant",
    SEND(", handler = $9 WHERE c.conversation_id = $2::uuid AND c.handler = 'assistant' AND c.status = 'open'")};

// Queues the assistant for the visitor's newest message, if the assistant is in charge.
// $1 tenant, $2 job, $3 conversation, $4 client_id of the message, $5 its id: a repeated message queues nothing
constexpr db::Statement kQueue{"conversation.queue", R"(
  INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq)
  SELECT $1::uuid, $2::uuid, m.visitor_id, 'assistant', m.conversation_id, m.seq
    FROM commerce.message m, commerce.conversation c
   WHERE m.conversation_id = $3::uuid AND m.client_id = $4::uuid AND m.message_id = $5::uuid
     AND c.conversation_id = $3::uuid AND c.handler = 'assistant')"};
// $1 job
constexpr db::Statement kJob{
    "conversation.job",
    "SELECT conversation_id, visitor_id, after_seq, attempts FROM work.job WHERE job_id = $1::uuid"};
constexpr db::Statement kAsked{"conversation.asked", "SELECT " MESSAGE R"( FROM work.job j
  JOIN commerce.message m ON m.conversation_id = j.conversation_id AND m.seq <= j.after_seq AND m.seq > j.after_seq - 4
 WHERE j.job_id = $1::uuid ORDER BY m.seq)"};
constexpr db::Statement kFinish{"conversation.finish", "DELETE FROM work.job WHERE job_id = $1::uuid"};
constexpr db::Statement kHandOver{"conversation.hand_over", R"(
  UPDATE commerce.conversation c SET handler = 'waiting', changed_at = clock_timestamp() FROM work.job j
   WHERE j.job_id = $1::uuid AND c.conversation_id = j.conversation_id AND c.handler = 'assistant' AND c.status = 'open')"};

// $1 conversation, $2 handler, $3 assignee, $4 status
#define CHANGE(set, where)                                                     \
  "UPDATE commerce.conversation c SET " set                                    \
  ", changed_at = clock_timestamp() FROM commerce.visitor v WHERE " OF_VISITOR \
  " AND c.conversation_id = $1::uuid " where " RETURNING " CONVERSATION
constexpr db::Statement kTake{"conversation.take",
                              CHANGE("handler = 'human', assignee_id = $2::uuid, status = 'open'", "")};
constexpr db::Statement kRelease{"conversation.release", CHANGE("handler = 'assistant', assignee_id = NULL", "")};
constexpr db::Statement kClose{"conversation.close",
                               CHANGE("status = 'closed', handler = 'assistant', assignee_id = NULL", "")};
constexpr db::Statement kReadByMerchant{"conversation.read_by_merchant",
                                        CHANGE("merchant_read_seq = least($2::bigint, c.last_seq)",
                                               "AND c.merchant_read_seq < least($2::bigint, c.last_seq)")};
constexpr db::Statement kReadByVisitor{"conversation.read_by_visitor", R"(
  UPDATE commerce.conversation c SET visitor_read_seq = least($2::bigint, c.last_seq), changed_at = clock_timestamp()
   WHERE c.conversation_id = $1::uuid AND c.visitor_read_seq < least($2::bigint, c.last_seq))"};

// $1 tenant, $2 visitor
constexpr db::Statement kMeetVisitor{"conversation.meet_visitor", R"(
  INSERT INTO commerce.visitor (tenant_id, visitor_id) VALUES ($1::uuid, $2::uuid)
  ON CONFLICT (tenant_id, visitor_id) DO UPDATE SET last_seen_at = now())"};
// The newest conversation goes on, closed or not: a visitor's message opens it again. $3 conversation
constexpr db::Statement kOpen{"conversation.open", R"(
  INSERT INTO commerce.conversation (tenant_id, conversation_id, visitor_id, customer_id)
  SELECT $1::uuid, $3::uuid, $2::uuid, v.customer_id FROM commerce.visitor v
   WHERE v.visitor_id = $2::uuid AND NOT EXISTS (SELECT FROM commerce.conversation o WHERE o.visitor_id = $2::uuid)
  ON CONFLICT (tenant_id, visitor_id) WHERE status = 'open' DO NOTHING)"};
constexpr db::Statement kNewest{"conversation.newest",
                                "SELECT " CONVERSATION " FROM " CONVERSATIONS
                                " WHERE c.visitor_id = $1::uuid ORDER BY c.created_at DESC LIMIT 1"};

// $1 visitor, $2 customer, $3 the customer's name
constexpr db::Statement kLinkVisitor{
    "conversation.link_visitor",
    "UPDATE commerce.visitor SET customer_id = $2::uuid, customer_name = $3::bytea WHERE visitor_id = $1::uuid"};
constexpr db::Statement kLinkConversations{"conversation.link_conversations", R"(
  UPDATE commerce.conversation SET customer_id = $2::uuid, changed_at = clock_timestamp() WHERE visitor_id = $1::uuid)"};
constexpr db::Statement kRecognised{"conversation.recognised", R"(
  SELECT k.customer_id, k.external_id FROM commerce.visitor v JOIN commerce.customer k USING (tenant_id, customer_id)
   WHERE v.visitor_id = $1::uuid)"};
// Locked, weakly, so that who may not write is told so here. $1 conversation
constexpr db::Statement kVisitorOf{
    "conversation.visitor_of",
    "SELECT visitor_id FROM commerce.conversation WHERE conversation_id = $1::uuid FOR KEY SHARE"};

// $1 conversation, $2 seconds
constexpr db::Statement kBackdateMessages{
    "conversation.backdate_messages",
    "UPDATE commerce.message SET sent_at = sent_at - make_interval(secs => $2::bigint) WHERE conversation_id = "
    "$1::uuid"};
constexpr db::Statement kBackdate{"conversation.backdate", R"(
  UPDATE commerce.conversation SET created_at = created_at - make_interval(secs => $2::bigint),
         last_message_at = last_message_at - make_interval(secs => $2::bigint) WHERE conversation_id = $1::uuid)"};

Result<AssistantJob> read_job(const db::Rows& r) {
  if (r.empty()) return fail(Code::not_found, "There is no such job.");
  return AssistantJob{r.id<ConversationId>(0, 0), r.id<VisitorId>(0, 1), r.integer(0, 2), r.integer(0, 3)};
}

/// At most `bytes` of `text`, not cut inside a UTF-8 sequence.
std::string start_of(const std::string& text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

Task<Result<Conversation>> first_of(Scope& scope, const db::Rows& rows) {
  if (rows.empty()) co_return no_conversation();
  auto keys = co_await keys_of(scope, rows, 1);
  if (!keys) co_return std::unexpected(keys.error());
  co_return read_conversation(rows, 0, *keys);
}

Task<Result<Conversation>> change_one(Scope& scope, db::Query query) {
  std::vector<db::Query> queries;
  queries.push_back(std::move(query));
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return co_await first_of(scope, rows->at(0));
}

/// Whose conversation it is: the visitor's who asks, or looked up.
Task<Result<VisitorId>> visitor_of(Scope& scope, const NewMessage& in) {
  if (in.author == Author::visitor) co_return VisitorId{scope.pass().subject.value};
  if (in.visitor_id) co_return *in.visitor_id;
  auto rows = co_await scope.read(db::query(kVisitorOf, in.conversation_id));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty()) co_return no_conversation();
  co_return rows->id<VisitorId>(0, 0);
}

}  // namespace

Task<Result<Page<Conversation>>> list_conversations(Scope& scope, ListConversations in) {
  const Listing listing{"conversations", scope.tenant()};
  auto from = from_cursor(listing, in.cursor);
  if (!from) co_return std::unexpected(from.error());
  const auto name = [](auto value) { return std::string(boost::describe::enum_to_string(value, "")); };
  const int64_t limit = in.limit.value + 1;
  db::Query query;
  if (in.customer_id) query = db::query(kListOfCustomer, from->time, from->id, limit, *in.customer_id);
  else if (in.handler && in.status)
    query = db::query(kListByBoth, from->time, from->id, limit, name(*in.handler), name(*in.status));
  else if (in.handler) query = db::query(kListByHandler, from->time, from->id, limit, name(*in.handler));
  else if (in.status) query = db::query(kListByStatus, from->time, from->id, limit, name(*in.status));
  else query = db::query(kList, from->time, from->id, limit);
  auto rows = co_await scope.read(std::move(query));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await keys_of(scope, *rows, 1);
  if (!keys) co_return std::unexpected(keys.error());
  const auto read = [&](const db::Rows& r, int i) { return read_conversation(r, i, *keys); };
  co_return db::page_of(*rows, in.limit.value, read, [&](const Conversation& last) {
    return to_cursor(listing, {last.last_message_at, last.id.value});
  });
}

Task<Result<int64_t>> count_conversations(Scope& scope) {
  auto rows = co_await scope.read(db::query(kCount));
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->integer(0, 0);
}

Task<Result<Conversation>> find_conversation(Scope& scope, ConversationId id) {
  auto rows = co_await scope.read(db::query(kFind, id));
  if (!rows) co_return std::unexpected(rows.error());
  co_return co_await first_of(scope, *rows);
}

Task<Result<Changes>> conversations_changed(Scope& scope, Time since) {
  auto rows = co_await scope.read(db::query(kChanged, since));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await keys_of(scope, *rows, 1);
  if (!keys) co_return std::unexpected(keys.error());
  Changes changes{{}, since};
  for (int i = 0; i < rows->size(); ++i) {
    changes.items.push_back(read_conversation(*rows, i, *keys));
    changes.until = rows->time(i, kChangedAt);
  }
  co_return changes;
}

Task<Result<Time>> clock_of_changes(Scope& scope) {
  auto rows = co_await scope.read(db::query(kClock));
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->time(0, 0);
}

Task<Result<Page<Message>>> list_messages(Scope& scope, ConversationId id, std::optional<int64_t> before,
                                          int64_t limit) {
  auto rows = co_await scope.read(db::query(kMessagesBefore, id, before.value_or(INT64_MAX), limit));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await keys_of(scope, *rows, kVisitor);
  if (!keys) co_return std::unexpected(keys.error());
  Page<Message> page;
  page.items = read_messages(*rows, *keys);
  // Only an empty page has to ask whether there is such a conversation at all.
  if (page.items.empty()) {
    auto found = co_await find_conversation(scope, id);
    if (!found) co_return std::unexpected(found.error());
  } else if (page.items.back().seq > 1 && rows->size() == limit) {
    page.next_cursor = std::to_string(page.items.back().seq);
  }
  co_return page;
}

Task<Result<std::vector<Message>>> messages_after(Scope& scope, ConversationId id, int64_t after, int64_t limit) {
  auto rows = co_await scope.read(db::query(kMessagesAfter, id, after, limit));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await keys_of(scope, *rows, kVisitor);
  if (!keys) co_return std::unexpected(keys.error());
  co_return read_messages(*rows, *keys);
}

Task<Result<News>> conversation_news(Scope& scope, ConversationId id, int64_t after, int64_t limit, Time known) {
  std::vector<db::Query> queries{db::query(kMessagesAfter, id, after, limit), db::query(kNews, id, known)};
  auto rows = co_await scope.read(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  // All of them are of one visitor.
  const bool changed = !rows->at(1).empty();
  auto keys = co_await keys_of(scope, rows->at(changed ? 1 : 0), changed ? 1 : kVisitor);
  if (!keys) co_return std::unexpected(keys.error());
  News news;
  news.messages = read_messages(rows->at(0), *keys);
  if (changed) news.conversation = read_conversation(rows->at(1), 0, *keys);
  co_return news;
}

Task<Result<AssistantJob>> find_job(Scope& scope, JobId job) {
  auto rows = co_await scope.read(db::query(kJob, job));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_job(*rows);
}

Task<Result<Asked>> find_asked(Scope& scope, JobId job) {
  std::vector<db::Query> queries{db::query(kJob, job), db::query(kAsked, job)};
  auto rows = co_await scope.read(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  auto found = read_job(rows->at(0));
  if (!found) co_return std::unexpected(found.error());
  auto keys = co_await keys_of(scope, rows->at(0), 1);
  if (!keys) co_return std::unexpected(keys.error());
  co_return Asked{*found, read_messages(rows->at(1), *keys)};
}

Task<Result<Done>> hand_over(Scope& scope, JobId job) {
  std::vector<db::Query> queries{db::query(kHandOver, job), db::query(kFinish, job)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

Task<Result<Sent>> send_message(Scope& scope, NewMessage in) {
  if (first_bad_utf8(in.text)) co_return fail(Code::invalid, "`text` is not well-formed text.", "text");
  if (!in.client_id) in.client_id = ClientId::fresh();
  auto visitor = co_await visitor_of(scope, in);
  if (!visitor) co_return std::unexpected(visitor.error());
  auto key = co_await keys::make_key(scope, visitor->value);
  if (!key) co_return std::unexpected(key.error());
  const auto id = MessageId::fresh();
  const db::Bytes body = key->close(kBody, id, in.text);
  const db::Bytes preview = key->close(kPreview, in.conversation_id, start_of(in.text, 160));
  const db::Statement& statement = in.author == Author::visitor ? kSendAsVisitor
                                   : in.author == Author::agent ? kSendAsAgent
                                                                : kSendAsAssistant;
  db::Param sources;
  if (!in.sources.empty()) sources = json::encode(in.sources);
  const std::string author(boost::describe::enum_to_string(in.author, ""));
  Sent sent;
  const auto job = JobId::fresh();
  for (int attempt = 0;; ++attempt) {
    std::vector<db::Query> queries;
    queries.push_back(db::query(statement, scope.tenant(), in.conversation_id, id, author, in.author_id, in.client_id,
                                body, sources, in.hands_over ? "waiting" : "assistant", preview));
    if (in.wants_answer)
      queries.push_back(db::query(kQueue, scope.tenant(), job, in.conversation_id, in.client_id, id));
    if (in.finishes) queries.push_back(db::query(kFinish, *in.finishes));
    auto rows = co_await scope.change(std::move(queries));
    // Two sends of one client_id at the same time: the second finds the first's message when it looks again.
    if (!rows && rows.error().sqlstate == "23505" && attempt == 0) continue;
    if (!rows) co_return std::unexpected(rows.error().error);
    const db::Rows& r = rows->at(0);
    if (r.empty()) {
      if (in.author == Author::visitor) co_return no_conversation();
      auto found = co_await find_conversation(scope, in.conversation_id);
      if (!found) co_return std::unexpected(found.error());
      co_return fail(Code::conflict, in.author == Author::agent
                                         ? "This conversation is closed; take it over to open it again."
                                         : "Somebody else answers here now.");
    }
    keys::DataKeys keys;
    keys.add(visitor->value, *key);
    sent.message = read_message(r, 0, keys);
    sent.repeated = r.boolean(0, 9);
    if (in.wants_answer && rows->at(1).affected() > 0) sent.queued = job;
    co_return sent;
  }
}

Task<Result<Conversation>> take_conversation(Scope& scope, ConversationId id, SubjectId assignee) {
  return change_one(scope, db::query(kTake, id, assignee));
}
Task<Result<Conversation>> release_conversation(Scope& scope, ConversationId id) {
  return change_one(scope, db::query(kRelease, id));
}
Task<Result<Conversation>> close_conversation(Scope& scope, ConversationId id) {
  return change_one(scope, db::query(kClose, id));
}

Task<Result<Done>> mark_read(Scope& scope, ConversationId id, int64_t seq, bool by_merchant) {
  std::vector<db::Query> queries{db::query(by_merchant ? kReadByMerchant : kReadByVisitor, id, seq)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

Task<Result<Conversation>> open_conversation(Scope& scope, VisitorId visitor) {
  auto key = co_await keys::make_key(scope, visitor.value);
  if (!key) co_return std::unexpected(key.error());
  std::vector<db::Query> queries{db::query(kMeetVisitor, scope.tenant(), visitor),
                                 db::query(kOpen, scope.tenant(), visitor, ConversationId::fresh()),
                                 db::query(kNewest, visitor)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  if (rows->at(2).empty()) co_return fail(Code::unavailable, "The conversation could not be opened; try again.");
  keys::DataKeys keys;
  keys.add(visitor.value, *key);
  co_return read_conversation(rows->at(2), 0, keys);
}

Task<Result<Done>> link_visitor(Scope& scope, VisitorId visitor, CustomerId customer) {
  auto found = co_await find_customer(scope, customer);
  if (!found) co_return std::unexpected(found.error());
  auto key = co_await keys::make_key(scope, visitor.value);
  if (!key) co_return std::unexpected(key.error());
  std::vector<db::Query> queries{
      db::query(kLinkVisitor, visitor, customer, key->close(kCustomerName, visitor, found->name)),
      db::query(kLinkConversations, visitor, customer)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  if (rows->at(0).affected() == 0) co_return fail(Code::not_found, "There is no such visitor or customer.");
  co_return Done{};
}

Task<Result<std::optional<std::string>>> find_recognised(Scope& scope, VisitorId visitor) {
  auto rows = co_await scope.read(db::query(kRecognised, visitor));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty()) co_return std::nullopt;
  auto keys = co_await keys_of(scope, *rows, 0);
  if (!keys) co_return std::unexpected(keys.error());
  co_return keys->of(rows->uuid(0, 0)).open(kExternalId, rows->uuid(0, 0), rows->text(0, 1));
}

Task<Result<Done>> recognise_visitor(Scope& scope, VisitorId visitor, std::string external_id, std::string name) {
  auto customer = co_await know_customer(scope, std::move(external_id), std::move(name));
  if (!customer) co_return std::unexpected(customer.error());
  auto key = co_await keys::make_key(scope, visitor.value);
  if (!key) co_return std::unexpected(key.error());
  std::vector<db::Query> queries{
      db::query(kMeetVisitor, scope.tenant(), visitor),
      db::query(kLinkVisitor, visitor, customer->id, key->close(kCustomerName, visitor, customer->name)),
      db::query(kLinkConversations, visitor, customer->id)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

Task<Result<Done>> backdate_conversation(Scope& scope, ConversationId id, int64_t seconds) {
  std::vector<db::Query> queries{db::query(kBackdateMessages, id, seconds), db::query(kBackdate, id, seconds)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

}  // namespace cordon::commerce
