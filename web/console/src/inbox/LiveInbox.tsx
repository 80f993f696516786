import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useState } from "react";

import { api, body } from "../api/client";
import { meKey } from "../session/me";
import { session } from "../session/session";
import { conversationsKey } from "./conversationQueries";
import type { ServerFrame } from "./frames";
import { InboxSocket } from "./InboxSocket";
import { type Live, LiveContext } from "./live";
import { applyConversation, applyMessage, applyVisitorRead } from "./liveCache";

/** Holds the inbox socket while the console is open, and writes what it says into the query cache. */
export function LiveInbox({ enabled, children }: { enabled: boolean; children: ReactNode }) {
  const queryClient = useQueryClient();
  const [live, setLive] = useState(false);
  const [listeners] = useState(() => new Set<(frame: ServerFrame) => void>());
  const [socket] = useState(() => {
    let connections = 0;
    return new InboxSocket({
      ticket: async () => (await body(api.POST("/v1/inbox/ticket", { body: {} }))).ticket,
      renew: () => session.renew(),
      onSessionDoubt: () => void queryClient.invalidateQueries({ queryKey: meKey }),
      onLive: setLive,
      onFrame: (frame) => {
        if (frame.type === "conversation") applyConversation(queryClient, frame.conversation);
        if (frame.type === "message") applyMessage(queryClient, frame.conversation_id, frame.message);
        if (frame.type === "read") applyVisitorRead(queryClient, frame.conversation_id, frame.seq);
        if (frame.type === "hello") {
          connections += 1;
          // Changes of conversations are not replayed; messages of the watched one are.
          if (connections > 1) void queryClient.invalidateQueries({ queryKey: conversationsKey });
        }
        for (const listener of listeners) listener(frame);
      },
    });
  });

  useEffect(() => {
    if (!enabled) return undefined;
    socket.start();
    return () => socket.stop();
  }, [enabled, socket]);

  const value = useMemo<Live>(
    () => ({
      live,
      watch: (conversationId, after) => socket.watch(conversationId, after),
      typing: (conversationId) => socket.typing(conversationId),
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    }),
    [live, listeners, socket],
  );

  return <LiveContext value={value}>{children}</LiveContext>;
}
