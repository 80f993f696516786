#include "commerce/conversation_store.h"
#include "commerce/routes.h"

namespace cordon::commerce {

using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

struct ListQuery {
  std::optional<Handler> handler;
  std::optional<Status> status;
  std::optional<Text<1, 200>> cursor;
  std::optional<Int<1, 100>> limit;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (handler, status, cursor, limit))

struct OfConversation {
  ConversationId conversation_id;
};
BOOST_DESCRIBE_STRUCT(OfConversation, (), (conversation_id))

struct MessagesQuery {
  ConversationId conversation_id;
  std::optional<Int<1, INT64_MAX>> before;
  std::optional<Int<1, 100>> limit;
};
BOOST_DESCRIBE_STRUCT(MessagesQuery, (), (conversation_id, before, limit))

struct Say {
  ConversationId conversation_id;
  ClientId client_id;
  Text<1, 4000> text;
};
BOOST_DESCRIBE_STRUCT(Say, (), (conversation_id, client_id, text))

struct MarkRead {
  ConversationId conversation_id;
  Int<0, INT64_MAX> seq;
};
BOOST_DESCRIBE_STRUCT(MarkRead, (), (conversation_id, seq))

constexpr Permission kRead("conversation.read"), kWrite("conversation.write");
constexpr std::string_view kOne = "/v1/conversations/{conversation_id}";

}  // namespace

void add_conversation_routes(door::Routes& routes, Changed changed) {
  routes.add<ListQuery, Page<Conversation>>(
      {Method::get, "/v1/conversations", kRead, AuditAction("conversation.list"), Rate::read, "list_conversations",
       "Conversations, newest activity first"},
      [](Call& call, ListQuery in) {
        ListConversations list{in.handler, in.status, {}, in.cursor, in.limit.value_or(Int<1, 100>{50})};
        return list_conversations(*call.scope, std::move(list));
      });
  routes.add<OfConversation, Conversation>(
      {Method::get, kOne, kRead, AuditAction("conversation.read"), Rate::read, "get_conversation", "One conversation"},
      [](Call& call, OfConversation in) { return find_conversation(*call.scope, in.conversation_id); });
  routes.add<MessagesQuery, Page<Message>>(
      {Method::get, "/v1/conversations/{conversation_id}/messages", kRead, AuditAction("message.list"), Rate::read,
       "list_messages", "A conversation's messages, newest first"},
      [](Call& call, MessagesQuery in) {
        std::optional<int64_t> before;
        if (in.before) before = in.before->value;
        return list_messages(*call.scope, in.conversation_id, before, in.limit ? in.limit->value : 20);
      });
  routes.add<Say, Message>(
      {Method::post, "/v1/conversations/{conversation_id}/messages", kWrite, AuditAction("message.send"), Rate::write,
       "send_message", "Answer a shopper; once by client_id", 201},
      [changed](Call& call, Say in) -> Task<Result<Message>> {
        NewMessage message;
        message.conversation_id = in.conversation_id;
        message.author = Author::agent;
        message.author_id = call.scope->pass().subject;
        message.client_id = in.client_id;
        message.text = std::move(in.text.value);
        auto sent = co_await send_message(*call.scope, std::move(message));
        if (!sent) co_return std::unexpected(sent.error());
        changed(call.scope->tenant(), in.conversation_id);
        co_return std::move(sent->message);
      });
  routes.add<OfConversation, Conversation>(
      {Method::post, "/v1/conversations/{conversation_id}/take", kWrite, AuditAction("conversation.take"), Rate::write,
       "take_conversation", "Take a conversation over from the assistant"},
      [changed](Call& call, OfConversation in) -> Task<Result<Conversation>> {
        auto taken = co_await take_conversation(*call.scope, in.conversation_id, call.scope->pass().subject);
        if (taken) changed(call.scope->tenant(), in.conversation_id);
        co_return taken;
      });
  routes.add<OfConversation, Conversation>(
      {Method::post, "/v1/conversations/{conversation_id}/release", kWrite, AuditAction("conversation.release"),
       Rate::write, "release_conversation", "Give a conversation back to the assistant"},
      [changed](Call& call, OfConversation in) -> Task<Result<Conversation>> {
        auto released = co_await release_conversation(*call.scope, in.conversation_id);
        if (released) changed(call.scope->tenant(), in.conversation_id);
        co_return released;
      });
  routes.add<OfConversation, Conversation>(
      {Method::post, "/v1/conversations/{conversation_id}/close", kWrite, AuditAction("conversation.close"),
       Rate::write, "close_conversation", "Close a conversation; the shopper's next message opens it again"},
      [changed](Call& call, OfConversation in) -> Task<Result<Conversation>> {
        auto closed = co_await close_conversation(*call.scope, in.conversation_id);
        if (closed) changed(call.scope->tenant(), in.conversation_id);
        co_return closed;
      });
  routes.add<MarkRead, Conversation>(
      {Method::post, "/v1/conversations/{conversation_id}/read", kWrite, AuditAction("conversation.mark-read"),
       Rate::write, "mark_read", "The merchant has read up to a message"},
      [changed](Call& call, MarkRead in) -> Task<Result<Conversation>> {
        auto done = co_await mark_read(*call.scope, in.conversation_id, in.seq.value, true);
        if (!done) co_return std::unexpected(done.error());
        changed(call.scope->tenant(), in.conversation_id);
        co_return co_await find_conversation(*call.scope, in.conversation_id);
      });
}

}  // namespace cordon::commerce
