export type Author = "visitor" | "assistant" | "agent" | "system";

export interface Source {
  kind: "product" | "policy";
  id: string;
  title: string;
}

export interface Message {
  seq: number;
  id: string;
  author: Author;
  author_id: string | null;
  client_id: string | null;
  text: string;
  sources: Source[];
  sent_at: string;
}

export type Handler = "assistant" | "waiting" | "human";

export interface Hello {
  type: "hello";
  conversation_id: string;
  handler: Handler;
  last_seq: number;
  merchant_read_seq: number;
}

export interface Ack {
  type: "ack";
  client_id: string;
  seq: number;
  id: string;
  sent_at: string;
}

export interface Refusal {
  type: "error";
  code: string;
  detail: string;
  client_id?: string;
  retry_after?: number;
}

export type ServerFrame =
  | Hello
  | { type: "message"; message: Message }
  | Ack
  | { type: "typing"; author: Author }
  | { type: "read"; seq: number }
  | { type: "state"; handler: Handler; status: "open" | "closed" }
  | Refusal;

export type ClientFrame =
  { type: "send"; client_id: string; text: string } | { type: "typing" } | { type: "read"; seq: number };

/** Why the server closed a socket; the numbers are the server's. */
export const Close = {
  goingAway: 1001,
  sealRefused: 4401,
  idle: 4408,
  suspended: 4423,
  tooMany: 4429,
  overload: 4503,
} as const;

const isNumber = (value: unknown): value is number => typeof value === "number";
const isString = (value: unknown): value is string => typeof value === "string";

function isMessage(value: unknown): value is Message {
  const m = value as Partial<Message> | null;
  return !!m && isNumber(m.seq) && isString(m.author) && isString(m.text) && Array.isArray(m.sources);
}

// A widget stays open for days while the server is upgraded under it: a frame it does not know is skipped.
export function parseFrame(data: unknown): ServerFrame | null {
  if (!isString(data)) return null;
  let frame: Record<string, unknown> | null;
  try {
    frame = JSON.parse(data) as Record<string, unknown> | null;
  } catch {
    return null;
  }
  if (!frame || typeof frame !== "object") return null;
  const sound = (() => {
    switch (frame.type) {
      case "hello":
        return isString(frame.conversation_id) && isNumber(frame.last_seq) && isNumber(frame.merchant_read_seq);
      case "message":
        return isMessage(frame.message);
      case "ack":
        return isString(frame.client_id) && isNumber(frame.seq);
      case "typing":
        return isString(frame.author);
      case "read":
        return isNumber(frame.seq);
      case "state":
        return isString(frame.handler) && isString(frame.status);
      case "error":
        return isString(frame.code);
      default:
        return false;
    }
  })();
  return sound ? (frame as unknown as ServerFrame) : null;
}
