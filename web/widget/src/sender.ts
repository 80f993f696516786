import type { Outbox, Pending } from "./outbox";
import type { ClientFrame, Refusal } from "./protocol";

const ACK_TIMEOUT_MS = 15_000;
const DEFAULT_HOLD_MS = 5_000;

export interface SenderEvents {
  transmit(frame: ClientFrame): boolean;
  /** No acknowledgement came: the socket looks open and is dead. */
  stalled(): void;
  held(ms: number): void;
  changed(): void;
}

/**
 * Empties the outbox over a socket, one message in flight, so that they arrive in the order in which they were
 * written even when one of them is told to wait. A message goes out again, under the same client_id, on every
 * socket until it is acknowledged.
 */
export class Sender {
  private online = false;
  private inFlight: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private holding = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly events: SenderEvents,
  ) {}

  connected(): void {
    this.online = true;
    this.inFlight = null;
    this.pump();
  }

  disconnected(): void {
    this.online = false;
    this.inFlight = null;
    this.holding = false;
    clearTimeout(this.timer);
  }

  enqueue(text: string): Pending {
    const pending = this.outbox.add(text);
    this.pump();
    return pending;
  }

  /** The server has it; returns what it was. */
  settle(clientId: string): Pending | undefined {
    const settled = this.outbox.remove(clientId);
    this.release(clientId);
    return settled;
  }

  refused(frame: Refusal): void {
    const wait = frame.retry_after !== undefined || frame.code === "rate_limited";
    if (wait) {
      this.hold(frame.retry_after === undefined ? DEFAULT_HOLD_MS : frame.retry_after * 1000);
      return;
    }
    if (frame.client_id === undefined || !this.outbox.find(frame.client_id)) return;
    this.outbox.fail(frame.client_id, frame.code);
    this.events.changed();
    this.release(frame.client_id);
  }

  retry(clientId: string): void {
    this.outbox.revive(clientId);
    this.events.changed();
    this.pump();
  }

  discard(clientId: string): void {
    this.outbox.remove(clientId);
    this.events.changed();
  }

  private release(clientId: string): void {
    if (this.inFlight !== clientId) return;
    this.inFlight = null;
    clearTimeout(this.timer);
    this.pump();
  }

  private hold(ms: number): void {
    clearTimeout(this.timer);
    this.inFlight = null;
    this.holding = true;
    this.events.held(ms);
    this.timer = setTimeout(() => {
      this.holding = false;
      this.pump();
    }, ms);
  }

  private pump(): void {
    if (!this.online || this.holding || this.inFlight !== null) return;
    const next = this.outbox.next();
    if (!next) return;
    if (!this.events.transmit({ type: "send", client_id: next.client_id, text: next.text })) return;
    this.inFlight = next.client_id;
    this.timer = setTimeout(() => this.events.stalled(), ACK_TIMEOUT_MS);
  }
}
