import type { Ack, Handler, Hello, Message } from "./protocol";

/** What is known of one conversation; every message once, in the server's order. */
export class Transcript {
  conversationId: string | null = null;
  handler: Handler = "assistant";
  closed = false;
  merchantReadSeq = 0;
  /** The last sequence number streamed to us: where the next socket picks up. */
  streamedSeq = 0;
  private messages: Message[] = [];

  /** False when the server has moved the visitor to another conversation: what we hold is of the old one. */
  hello(frame: Hello): boolean {
    const same = this.conversationId === null || this.conversationId === frame.conversation_id;
    if (!same) {
      this.messages = [];
      this.streamedSeq = 0;
      this.merchantReadSeq = 0;
    }
    this.conversationId = frame.conversation_id;
    this.handler = frame.handler;
    this.closed = false;
    this.merchantRead(frame.merchant_read_seq);
    return same;
  }

  /** False for one that was here already. */
  add(message: Message): boolean {
    this.streamedSeq = Math.max(this.streamedSeq, message.seq);
    return this.insert(message);
  }

  // An acknowledgement may overtake other people's messages with lower numbers, so it does not move streamedSeq:
  // a socket lost right after it would otherwise never bring them.
  acknowledge(ack: Ack, text: string): boolean {
    return this.insert({
      seq: ack.seq,
      id: ack.id,
      author: "visitor",
      author_id: null,
      client_id: ack.client_id,
      text,
      sources: [],
      sent_at: ack.sent_at,
    });
  }

  merchantRead(seq: number): void {
    this.merchantReadSeq = Math.max(this.merchantReadSeq, seq);
  }

  all(): readonly Message[] {
    return this.messages;
  }

  get lastSeq(): number {
    return this.messages[this.messages.length - 1]?.seq ?? 0;
  }

  unreadAfter(seq: number): number {
    return this.messages.filter((m) => m.seq > seq && (m.author === "assistant" || m.author === "agent")).length;
  }

  clear(): void {
    this.conversationId = null;
    this.messages = [];
    this.streamedSeq = 0;
    this.merchantReadSeq = 0;
  }

  private insert(message: Message): boolean {
    let at = this.messages.length;
    while (at > 0 && this.messages[at - 1]!.seq > message.seq) at--;
    if (at > 0 && this.messages[at - 1]!.seq === message.seq) return false;
    this.messages.splice(at, 0, message);
    return true;
  }
}
