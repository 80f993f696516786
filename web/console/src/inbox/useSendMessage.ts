import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { isTransient, retryAfterMs } from "../api/problem";
import type { Conversation } from "../api/types";
import { conversationKey } from "./conversationQueries";
import { applyConversation, applyMessage } from "./liveCache";
import { takeConversation } from "./useConversationAction";

/** The server stores one message per client_id, so trying again is always safe. */
export interface Draft {
  client_id: string;
  text: string;
}

export const sendKey = (conversationId: string) => ["send", conversationId] as const;

/** Sends in order, one at a time, and keeps trying for as long as the fault is one that passes. */
export function useSendMessage(conversationId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationKey: sendKey(conversationId),
    scope: { id: `send-${conversationId}` },
    retry: (_failures, error) => isTransient(error),
    retryDelay: retryAfterMs,
    gcTime: 60 * 60_000,
    mutationFn: async ({ client_id, text }: Draft) => {
      const conversation = queryClient.getQueryData<Conversation>(conversationKey(conversationId));
      if (conversation && conversation.handler !== "human") {
        applyConversation(queryClient, await takeConversation(conversationId));
      }
      return body(
        api.POST("/v1/conversations/{conversation_id}/messages", {
          params: { path: { conversation_id: conversationId } },
          body: { client_id, text },
        }),
      );
    },
    onSuccess: (message) => applyMessage(queryClient, conversationId, message),
  });
}
