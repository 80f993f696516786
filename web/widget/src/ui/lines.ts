import type { Chat } from "../chat";
import type { Author } from "../protocol";
import type { Line } from "./bubble";
import { authorName, words } from "./words";

/** The log as it should look now: what the server has, in its order, then what it does not have yet. */
export function linesOf(chat: Chat): Line[] {
  const assistant = chat.visit?.assistant_name || words.fallbackAssistant;
  const shop = chat.visit?.shop_name ?? "";
  const lines: Line[] = [];
  let previous: Author | null = null;
  const push = (line: Omit<Line, "name" | "follows" | "tellDelivery">) => {
    lines.push({
      ...line,
      name: authorName(line.author, assistant, shop),
      follows: line.author === previous,
      tellDelivery: line.delivery === "pending" || line.delivery === "failed",
    });
    previous = line.author;
  };
  for (const message of chat.transcript.all()) {
    const own = message.author === "visitor";
    push({
      // The key that it had while pending, so that the same element stays and is not read out twice.
      key: own && message.client_id ? message.client_id : `#${message.seq}`,
      seq: message.seq,
      author: message.author,
      text: message.text,
      sources: message.sources,
      at: message.sent_at,
      delivery: own ? (message.seq <= chat.transcript.merchantReadSeq ? "read" : "sent") : null,
      clientId: null,
    });
  }
  for (const item of chat.pending) {
    push({
      key: item.client_id,
      seq: null,
      author: "visitor",
      text: item.text,
      sources: [],
      at: item.sent_at,
      delivery: item.failed === undefined ? "pending" : "failed",
      clientId: item.client_id,
    });
  }
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i]!;
    if (line.delivery === "sent" || line.delivery === "read") {
      line.tellDelivery = true;
      break;
    }
  }
  return lines;
}
