import type { Status } from "../connection";
import type { Author } from "../protocol";

/** Every word that the widget itself says. */
export const words = {
  open: "Open chat",
  openUnread: (n: number) => `Open chat, ${n} unread ${n === 1 ? "message" : "messages"}`,
  close: "Close chat",
  newMessage: "New chat message",
  fallbackAssistant: "Chat",
  log: "Messages",
  composer: "Your message",
  placeholder: "Write a message…",
  send: "Send",
  left: (n: number) => `${n} left`,
  over: (n: number) => `${n} too many`,
  latest: "New messages",
  sources: "Sources",
  product: "Product",
  policy: "Policy",
  you: "You",
  team: (shop: string) => `${shop} team`,
  assistant: (name: string) => `${name} (assistant)`,
  typing: (who: string) => `${who} is typing`,
  sending: "Sending…",
  notSent: "Not sent",
  sent: "Sent",
  read: "Read",
  retry: "Try again",
  discard: "Delete",
  waitingForHuman: "Passed on to the team. Someone will answer here.",
  human: "You are talking to the team.",
  closed: "This chat was closed. Write to open it again.",
  held: (s: number) => `That was quick. Your message goes out in ${s} ${s === 1 ? "second" : "seconds"}.`,
  offline: "No connection. Your messages are kept and sent when it is back.",
  paused: "Chat is paused at this shop. Please come back later.",
  refused: "Chat is not available on this page.",
};

export const statusWords: Record<Status, string> = {
  idle: "Ready",
  connecting: "Connecting…",
  online: "Online",
  waiting: "Reconnecting…",
  paused: "Paused",
  refused: "Unavailable",
};

export function authorName(author: Author, assistant: string, shop: string): string {
  switch (author) {
    case "visitor":
      return words.you;
    case "assistant":
      return words.assistant(assistant);
    case "agent":
      return words.team(shop);
    case "system":
      return shop;
  }
}
