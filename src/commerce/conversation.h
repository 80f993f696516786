// Conversations and their messages, as merchants and shoppers see them.
#pragma once
#include "base/json.h"
#include "keys/field.h"

namespace cordon::commerce {

BOOST_DEFINE_ENUM_CLASS(Status, open, closed)
BOOST_DEFINE_ENUM_CLASS(Handler, assistant, waiting, human)
BOOST_DEFINE_ENUM_CLASS(Author, visitor, assistant, agent, system)
BOOST_DEFINE_ENUM_CLASS(SourceKind, product, policy)

struct Conversation {
  ConversationId id;
  VisitorId visitor_id;
  std::optional<CustomerId> customer_id;
  std::optional<std::string> customer_name;
  Status status = Status::open;
  Handler handler = Handler::assistant;
  std::optional<SubjectId> assignee_id;
  int64_t last_seq = 0;  ///< number of the newest message; numbers start at 1 and have no gaps
  int64_t visitor_read_seq = 0;
  int64_t merchant_read_seq = 0;
  std::string preview;                ///< the start of the newest message
  std::optional<Author> last_author;  ///< none before the first message
  Time created_at;
  Time last_message_at;
  Time changed_at;  ///< by anything that stands here; not told
};
/// Closed with the visitor's key; the customer's name stands in the visitor's row.
inline constexpr keys::Field kPreview{"commerce.conversation", "preview"};
inline constexpr keys::Field kCustomerName{"commerce.visitor", "customer_name"};
CORDON_TYPE(Conversation, id, visitor_id, customer_id, customer_name, status, handler, assignee_id, last_seq,
            visitor_read_seq, merchant_read_seq, preview, last_author, created_at, last_message_at)

/// What an answer was drawn from.
struct Source {
  SourceKind kind = SourceKind::product;
  Uuid id;
  std::string title;
};

struct Message {
  int64_t seq = 0;
  MessageId id;
  Author author = Author::visitor;
  std::optional<SubjectId> author_id;
  std::optional<ClientId> client_id;
  std::string text;
  std::vector<Source> sources;
  Time sent_at;
};

/// Closed with the visitor's key.
inline constexpr keys::Field kBody{"commerce.message", "body"};
CORDON_TYPE(Source, kind, id, title)
CORDON_TYPE(Message, seq, id, author, author_id, client_id, text, sources, sent_at)
}  // namespace cordon::commerce
