import type { Conversation, Message } from "../api/types";

/** What the server sends over the inbox socket. */
export type ServerFrame =
  | { type: "hello" }
  | { type: "conversation"; conversation: Conversation }
  | { type: "message"; conversation_id: string; message: Message }
  | { type: "ack"; client_id: string; seq: number; id: string; sent_at: string }
  | { type: "typing"; conversation_id: string; author: "visitor" | "assistant" }
  | { type: "read"; conversation_id: string; seq: number }
  | { type: "error"; code: string; detail: string; client_id?: string };

export type ClientFrame =
  | { type: "watch"; conversation_id: string; after: number }
  | { type: "unwatch" }
  | { type: "typing"; conversation_id: string };
