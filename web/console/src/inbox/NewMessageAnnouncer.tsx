import { VisuallyHidden } from "@mantine/core";
import { useEffect, useState } from "react";

import { useMe } from "../session/me";
import { useLive } from "./live";

/** Reads new messages out: the thread itself is no live region, since older ones load into it too. */
export function NewMessageAnnouncer({ conversationId, shopper }: { conversationId: string; shopper: string }) {
  const me = useMe();
  const { subscribe } = useLive();
  const [said, setSaid] = useState("");

  useEffect(
    () =>
      subscribe((frame) => {
        if (frame.type !== "message" || frame.conversation_id !== conversationId) return;
        const { author, author_id, text } = frame.message;
        if (author_id === me.subject_id) return;
        const name = { visitor: shopper, assistant: "Assistant", agent: "Team", system: "Note" }[author];
        setSaid(`${name}: ${text}`);
      }),
    [conversationId, me.subject_id, shopper, subscribe],
  );

  return (
    <VisuallyHidden role="log" aria-live="polite" aria-label="New messages">
      {said}
    </VisuallyHidden>
  );
}
