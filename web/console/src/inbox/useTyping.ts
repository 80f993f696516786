import { useEffect, useState } from "react";

import { useLive } from "./live";

/** Typing is told again at most every 2 s, so this long without a word means that it has stopped. */
const STOPPED_MS = 4_000;

export function useTyping(conversationId: string): "visitor" | "assistant" | null {
  const { subscribe } = useLive();
  const [author, setAuthor] = useState<"visitor" | "assistant" | null>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const unsubscribe = subscribe((frame) => {
      if (!("conversation_id" in frame) || frame.conversation_id !== conversationId) return;
      clearTimeout(timer);
      if (frame.type === "typing") {
        setAuthor(frame.author);
        timer = setTimeout(() => setAuthor(null), STOPPED_MS);
      }
      if (frame.type === "message") setAuthor(null);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [conversationId, subscribe]);

  return author;
}
