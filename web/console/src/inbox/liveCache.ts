import type { InfiniteData, QueryClient } from "@tanstack/react-query";

import type { Conversation, Message, Page } from "../api/types";
import {
  type ConversationFilter,
  conversationKey,
  conversationListsKey,
  matches,
  messagesKey,
} from "./conversationQueries";

type Pages<T> = InfiniteData<Page<T>, unknown>;

/** Puts a created or changed conversation into one list: in its place by activity, or out if the filter excludes it. */
export function placeConversation(
  list: Pages<Conversation>,
  changed: Conversation,
  filter: ConversationFilter,
): Pages<Conversation> {
  const pages = list.pages.map((page) => ({ ...page, items: page.items.filter(({ id }) => id !== changed.id) }));
  if (matches(changed, filter)) {
    const isOlder = (item: Conversation) => item.last_message_at < changed.last_message_at;
    const page = pages.find(({ items }) => items.some(isOlder));
    const last = pages.at(-1);
    if (page) page.items.splice(page.items.findIndex(isOlder), 0, changed);
    // Older than all that is loaded: it belongs to a page that is still to come, unless there is none.
    else if (last && last.next_cursor === null) last.items.push(changed);
  }
  return { ...list, pages };
}

/** Adds a message, once, whatever way and however often it arrives. */
export function placeMessage(list: Pages<Message>, message: Message): Pages<Message> {
  if (list.pages.some(({ items }) => items.some(({ seq }) => seq === message.seq))) return list;
  const [first, ...rest] = list.pages;
  if (!first) return list;
  const items = [message, ...first.items].sort((a, b) => b.seq - a.seq);
  return { ...list, pages: [{ ...first, items }, ...rest] };
}

export function applyConversation(client: QueryClient, changed: Conversation): void {
  client.setQueryData(conversationKey(changed.id), changed);
  for (const query of client.getQueryCache().findAll({ queryKey: conversationListsKey })) {
    const filter = query.queryKey[2] as ConversationFilter;
    client.setQueryData<Pages<Conversation>>(
      query.queryKey,
      (list) => list && placeConversation(list, changed, filter),
    );
  }
}

export function applyMessage(client: QueryClient, conversationId: string, message: Message): void {
  client.setQueryData<Pages<Message>>(messagesKey(conversationId), (list) => list && placeMessage(list, message));
}

export function applyVisitorRead(client: QueryClient, conversationId: string, seq: number): void {
  const conversation = client.getQueryData<Conversation>(conversationKey(conversationId));
  if (conversation && seq > conversation.visitor_read_seq) {
    applyConversation(client, { ...conversation, visitor_read_seq: seq });
  }
}

/**
 * The seq after which the socket has to go on: the end of the unbroken run from the oldest message that is held. The
 * answer to one's own message may overtake a shopper's, and what lies between must still be asked for.
 */
export function lastSeq(client: QueryClient, conversationId: string): number {
  const pages = client.getQueryData<Pages<Message>>(messagesKey(conversationId))?.pages ?? [];
  const seqs = pages.flatMap(({ items }) => items.map(({ seq }) => seq)).sort((a, b) => a - b);
  return seqs.reduce((end, seq, at) => (at === 0 || seq === end + 1 ? seq : end), 0);
}
