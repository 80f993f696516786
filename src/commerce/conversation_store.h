// All SQL of conversations, messages and visitors.
#pragma once
#include "commerce/conversation.h"
#include "door/scope.h"

namespace cordon::commerce {

using door::Scope;
using net::Task;

struct ListConversations {
  std::optional<Handler> handler;
  std::optional<Status> status;
  std::optional<CustomerId> customer_id;
  std::optional<Text<1, 200>> cursor;
  Int<1, 100> limit{50};
};

/// Newest activity first, keyset over (last_message_at, id); one in which nobody has written yet is not listed.
/// Code::invalid if the cursor is not one of ours.
Task<Result<Page<Conversation>>> list_conversations(Scope& scope, ListConversations in);
/// How many list_conversations() has in all.
Task<Result<int64_t>> count_conversations(Scope& scope);
/// Code::not_found also where it is another tenant's or another visitor's.
Task<Result<Conversation>> find_conversation(Scope& scope, ConversationId id);
/// Conversations changed at or after `since`, at most 200, oldest change first; and when the last of them changed.
struct Changes {
  std::vector<Conversation> items;
  Time until;
};
Task<Result<Changes>> conversations_changed(Scope& scope, Time since);
/// What time it is where changes are dated: by PostgreSQL's clock.
Task<Result<Time>> clock_of_changes(Scope& scope);

/// Newest first, before `before` if given; next_cursor is the smallest seq returned.
Task<Result<Page<Message>>> list_messages(Scope& scope, ConversationId id, std::optional<int64_t> before,
                                          int64_t limit);
/// Oldest first, seq > after, at most `limit`. Does not say not_found: an unknown conversation has no messages.
Task<Result<std::vector<Message>>> messages_after(Scope& scope, ConversationId id, int64_t after, int64_t limit);

/// messages_after and the conversation's state in one round trip. Where nothing is new no row is read.
struct News {
  std::vector<Message> messages;
  std::optional<Conversation> conversation;  ///< none where it is as it was at its `changed_at` `known`
};
Task<Result<News>> conversation_news(Scope& scope, ConversationId id, int64_t after, int64_t limit, Time known);

struct NewMessage {
  ConversationId conversation_id;
  std::optional<VisitorId> visitor_id;  ///< the conversation's, if known: it is looked up otherwise
  Author author = Author::visitor;
  std::optional<SubjectId> author_id;
  std::optional<ClientId> client_id;
  std::string text;
  std::vector<Source> sources;
  bool wants_answer = false;      ///< queue the assistant, if it handles the conversation (visitor's messages)
  bool hands_over = false;        ///< the assistant gives up: handler becomes waiting
  std::optional<JobId> finishes;  ///< the job this message is the result of; deleted in the same transaction
};
struct Sent {
  Message message;
  bool repeated = false;        ///< this client_id was stored before; nothing changed
  std::optional<JobId> queued;  ///< the job queued with it
};
/// Stores a message exactly once by client_id, in one transaction with its number, the conversation's state, its job
/// and its audit event. A visitor's message opens a closed conversation again; an agent's makes the agent the one who
/// handles it. Code::not_found; Code::conflict for an agent in a closed conversation, and for the assistant where
/// somebody else answers by now (its job is finished all the same).
Task<Result<Sent>> send_message(Scope& scope, NewMessage in);

/// A job of the assistant's.
struct AssistantJob {
  ConversationId conversation_id;
  VisitorId visitor_id;
  int64_t seq = 0;       ///< the message that wants an answer
  int64_t attempts = 0;  ///< how often it was claimed, since nobody had finished it
};
/// Code::not_found also where the job is another tenant's, or done.
Task<Result<AssistantJob>> find_job(Scope& scope, JobId job);
struct Asked {
  AssistantJob job;
  std::vector<Message> messages;  ///< the one that wants an answer and the three before it, oldest first
};
/// The same with what was said; throws keys::Tampered where that does not open.
Task<Result<Asked>> find_asked(Scope& scope, JobId job);
/// Ends a job without a word: whoever is in the conversation waits for a person, if the assistant was in charge.
Task<Result<Done>> hand_over(Scope& scope, JobId job);

/// Who handles it: take (human, assignee), release (assistant), close. Code::not_found.
Task<Result<Conversation>> take_conversation(Scope& scope, ConversationId id, SubjectId assignee);
Task<Result<Conversation>> release_conversation(Scope& scope, ConversationId id);
Task<Result<Conversation>> close_conversation(Scope& scope, ConversationId id);
/// Moves a read mark forward, never back and never past the last message.
Task<Result<Done>> mark_read(Scope& scope, ConversationId id, int64_t seq, bool by_merchant);

/// A visitor's scope: makes the visitor's row if it is new and returns its conversation, or a new one.
Task<Result<Conversation>> open_conversation(Scope& scope, VisitorId visitor);

/// Makes a visitor be a known customer (importer's scope).
Task<Result<Done>> link_visitor(Scope& scope, VisitorId visitor, CustomerId customer);
/// The external id of the customer that a visitor is known to be, if any (importer's scope).
Task<Result<std::optional<std::string>>> find_recognised(Scope& scope, VisitorId visitor);
/// Makes a visitor be the customer of that external id, who is added under `name` if new (importer's scope).
Task<Result<Done>> recognise_visitor(Scope& scope, VisitorId visitor, std::string external_id, std::string name);
/// Moves a replayed conversation into the past, to when it really was (importer's scope).
Task<Result<Done>> backdate_conversation(Scope& scope, ConversationId id, int64_t seconds);

}  // namespace cordon::commerce
