import type { Conversation } from "../api/types";

/** What to call the other side of a conversation; visitors without a profile are told apart by their id's end. */
export function shopperName(conversation: Pick<Conversation, "customer_name" | "visitor_id">): string {
  return conversation.customer_name || `Visitor ${conversation.visitor_id.slice(-4)}`;
}
