import { Connection, type Socket, type Status } from "./connection";
import type { Keep } from "./keep";
import { Outbox, type Pending } from "./outbox";
import type { Author, Message, ServerFrame } from "./protocol";
import { Sender } from "./sender";
import { Transcript } from "./transcript";
import { Visits, type Visit } from "./visit";

/** What the chat tells the panel. */
export interface ChatView {
  status(status: Status): void;
  entered(visit: Visit): void;
  /** Messages, receipts or pending sends changed; `arrived` is one that somebody else has just written. */
  log(arrived: Message | null): void;
  typing(author: Author): void;
  state(): void;
  /** The server asked us to slow down. */
  held(ms: number): void;
}

export interface ChatOptions {
  base: string;
  shop: string;
  /** Where Shopify's app proxy is reached on the shop's own pages, if it is used. */
  proxy?: string | null;
  /** Outlives the tab. */
  lasting: Keep;
  /** Lives as long as the tab. */
  passing: Keep;
  openSocket?: (url: string) => Socket;
  random?: () => number;
}

const TYPING_EVERY_MS = 2_000;
const REPLAY_MS = 3_000;

/** A visitor's conversation with a store, without any of its looks. */
export class Chat {
  readonly transcript = new Transcript();
  visit: Visit | null = null;
  /** The panel is open in a page that is visible. */
  watched = false;
  private readonly visits: Visits;
  private readonly outbox: Outbox;
  private readonly sender: Sender;
  private readonly connection: Connection;
  private view: ChatView | null = null;
  private readSeq = 0;
  private toldReadSeq = 0;
  private replayUntil = 0;
  private replayTimer: ReturnType<typeof setTimeout> | undefined;
  private typedAt = 0;

  constructor(private readonly options: ChatOptions) {
    const { base, shop, proxy, lasting, passing } = options;
    const openSocket = options.openSocket ?? ((url: string) => new WebSocket(url));
    this.visits = new Visits(base, shop, proxy ?? null, lasting);
    this.outbox = new Outbox(passing, `cordon:${shop}:outbox`);
    this.sender = new Sender(this.outbox, {
      transmit: (frame) => this.connection.send(frame),
      stalled: () => this.connection.drop(),
      held: (ms) => this.view?.held(ms),
      changed: () => this.view?.log(null),
    });
    this.connection = new Connection(
      {
        visit: () => this.visits.open(),
        openSocket: (ticket) =>
          openSocket(
            `${base.replace(/^http/, "ws")}/v1/widget/socket?ticket=${encodeURIComponent(ticket)}` +
              `&after=${this.transcript.streamedSeq}`,
          ),
        wanted: () => this.watched || this.outbox.next() !== undefined,
        entered: (entered) => this.entered(entered),
        received: (frame) => this.receive(frame),
        changed: (status) => {
          if (status !== "online") this.sender.disconnected();
          this.view?.status(status);
        },
      },
      options.random,
    );
  }

  show(view: ChatView): void {
    this.view = view;
  }

  get status(): Status {
    return this.connection.status;
  }

  /** Whether this browser has been here before, so that an answer may be waiting. */
  get known(): boolean {
    return this.visits.known;
  }

  get replaying(): boolean {
    return this.transcript.streamedSeq < this.replayUntil;
  }

  get unread(): number {
    return this.transcript.unreadAfter(this.readSeq);
  }

  get pending(): readonly Pending[] {
    return this.outbox.all();
  }

  connect(): void {
    this.connection.wake();
  }

  disconnect(): void {
    this.connection.stop();
  }

  networkLost(): void {
    if (this.status !== "idle") this.connection.drop();
  }

  send(text: string): void {
    this.sender.enqueue(text);
    this.view?.log(null);
    this.connection.wake();
  }

  retry(clientId: string): void {
    this.sender.retry(clientId);
    this.connection.wake();
  }

  discard(clientId: string): void {
    this.sender.discard(clientId);
  }

  typing(): void {
    const now = Date.now();
    if (now - this.typedAt < TYPING_EVERY_MS) return;
    if (this.connection.send({ type: "typing" })) this.typedAt = now;
  }

  /** The shopper has had everything up to `seq` before their eyes. */
  seen(seq: number): void {
    if (seq > this.readSeq) {
      this.readSeq = seq;
      this.options.lasting.set(this.readKey, `${this.transcript.conversationId} ${seq}`);
      this.view?.log(null);
    }
    this.tellRead();
  }

  /** Forgets the visitor: as if this browser had never chatted. */
  forget(): void {
    this.connection.stop();
    clearTimeout(this.replayTimer);
    this.outbox.clear();
    this.visits.forget();
    this.options.lasting.remove(this.readKey);
    this.transcript.clear();
    this.view = null;
  }

  private get readKey(): string {
    return `cordon:${this.options.shop}:read`;
  }

  private entered(entered: Visit): void {
    if (this.visit && this.visit.visitor_id !== entered.visitor_id) {
      this.transcript.clear();
      this.readSeq = this.toldReadSeq = 0;
      this.view?.log(null);
    }
    this.visit = entered;
    this.view?.entered(entered);
  }

  private receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "hello": {
        const missed = this.transcript.streamedSeq > 0;
        if (!this.transcript.hello(frame)) {
          this.readSeq = 0;
          this.view?.log(null);
          // That socket was opened with the old conversation's number and would leave out this one's beginning.
          if (missed) return this.connection.restart();
        }
        this.replayUntil = frame.last_seq;
        // The last message may have been erased since it was numbered; a replay does not wait for it for ever.
        clearTimeout(this.replayTimer);
        this.replayTimer = setTimeout(() => {
          this.replayUntil = 0;
          this.view?.log(null);
        }, REPLAY_MS);
        this.toldReadSeq = 0;
        const [conversation, seq] = (this.options.lasting.get(this.readKey) ?? "").split(" ");
        if (conversation === frame.conversation_id) this.readSeq = Math.max(this.readSeq, Number(seq) || 0);
        this.sender.connected();
        this.view?.state();
        this.view?.log(null);
        return;
      }
      case "message": {
        const { message } = frame;
        const replayed = this.replaying;
        if (message.author === "visitor" && message.client_id) this.sender.settle(message.client_id);
        const fresh = this.transcript.add(message);
        this.view?.log(fresh && !replayed && message.author !== "visitor" ? message : null);
        return;
      }
      case "ack": {
        const pending = this.sender.settle(frame.client_id);
        if (pending) this.transcript.acknowledge(frame, pending.text);
        this.view?.log(null);
        return;
      }
      case "read":
        this.transcript.merchantRead(frame.seq);
        this.view?.log(null);
        return;
      case "typing":
        this.view?.typing(frame.author);
        return;
      case "state":
        this.transcript.handler = frame.handler;
        this.transcript.closed = frame.status === "closed";
        this.view?.state();
        return;
      case "error":
        this.sender.refused(frame);
    }
  }

  private tellRead(): void {
    if (this.readSeq <= this.toldReadSeq) return;
    if (this.connection.send({ type: "read", seq: this.readSeq })) this.toldReadSeq = this.readSeq;
  }
}
