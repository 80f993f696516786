import { useDocumentVisibility } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, body } from "../api/client";
import type { Conversation } from "../api/types";
import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { applyConversation } from "./liveCache";

/** Long enough that walking through the list marks nothing as read. */
const LOOK_MS = 700;

/** Tells the shopper that what is on the screen has been read. */
export function useMarkRead(conversation: Conversation | undefined, newest: number): void {
  const me = useMe();
  const queryClient = useQueryClient();
  const looking = useDocumentVisibility() === "visible";
  const id = conversation?.id;
  const unread = conversation !== undefined && newest > conversation.merchant_read_seq;
  const due = unread && looking && can(me, "conversation.write");

  useEffect(() => {
    if (!due || id === undefined) return undefined;
    const timer = setTimeout(() => {
      body(
        api.POST("/v1/conversations/{conversation_id}/read", {
          params: { path: { conversation_id: id } },
          body: { seq: newest },
        }),
      ).then(
        (changed) => applyConversation(queryClient, changed),
        // Not worth a word to the reader: the next message tries again.
        () => undefined,
      );
    }, LOOK_MS);
    return () => clearTimeout(timer);
  }, [due, id, newest, queryClient]);
}
