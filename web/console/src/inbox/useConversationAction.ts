import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { isProblem } from "../api/problem";
import type { Conversation } from "../api/types";
import { applyConversation } from "./liveCache";

const at = (id: string) => ({ params: { path: { conversation_id: id } }, body: {} });

const CALLS = {
  take: (id: string) => body(api.POST("/v1/conversations/{conversation_id}/take", at(id))),
  release: (id: string) => body(api.POST("/v1/conversations/{conversation_id}/release", at(id))),
  close: (id: string) => body(api.POST("/v1/conversations/{conversation_id}/close", at(id))),
} satisfies Record<string, (id: string) => Promise<Conversation>>;

export type ConversationAction = keyof typeof CALLS;

export const takeConversation = CALLS.take;

export function useConversationAction(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (action: ConversationAction) => CALLS[action](id),
    onSuccess: (changed) => applyConversation(queryClient, changed),
    onError: (error) =>
      notifications.show({
        color: "red",
        title: isProblem(error) ? error.title : "The server cannot be reached",
        message: isProblem(error) ? error.detail : "The conversation is as it was. Try again.",
      }),
  });
}
