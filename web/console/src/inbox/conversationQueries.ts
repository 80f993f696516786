import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, body } from "../api/client";
import type { Conversation } from "../api/types";
import type { HandlerFilter, StatusFilter } from "./inboxSearch";

export interface ConversationFilter {
  show: HandlerFilter;
  status: StatusFilter;
}

export const conversationsKey = ["conversations"] as const;
export const conversationListsKey = ["conversations", "list"] as const;
export const conversationKey = (id: string) => ["conversations", "one", id] as const;
export const messagesKey = (id: string) => ["messages", id] as const;

export const conversationsQuery = (filter: ConversationFilter) =>
  infiniteQueryOptions({
    queryKey: [...conversationListsKey, filter] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/conversations", {
          params: {
            query: {
              limit: 30,
              ...(filter.show === "all" ? {} : { handler: filter.show }),
              ...(filter.status === "any" ? {} : { status: filter.status }),
              ...(pageParam === undefined ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: conversationKey(id),
    queryFn: () => body(api.GET("/v1/conversations/{conversation_id}", { params: { path: { conversation_id: id } } })),
  });

/** Newest first, as the server pages; the socket keeps the first page current. */
export const messagesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: messagesKey(id),
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/conversations/{conversation_id}/messages", {
          params: {
            path: { conversation_id: id },
            query: { limit: 40, ...(pageParam === undefined ? {} : { before: pageParam }) },
          },
        }),
      ),
    getNextPageParam: (page) => (page.next_cursor === null ? undefined : Number(page.next_cursor)),
  });

export function matches(conversation: Conversation, filter: ConversationFilter): boolean {
  if (filter.show !== "all" && conversation.handler !== filter.show) return false;
  return filter.status === "any" || conversation.status === filter.status;
}
