import { Backoff } from "./backoff";
import { Close, parseFrame, type ClientFrame, type ServerFrame } from "./protocol";
import { VisitError, type Visit } from "./visit";

export type Status =
  /** Nothing is wanted of the server. */
  | "idle"
  | "connecting"
  | "online"
  /** Lost; another try is scheduled. */
  | "waiting"
  /** The merchant's shop is suspended. */
  | "paused"
  /** This page may not chat: an unknown shop, or an origin that is not the shop's. */
  | "refused";

export type Socket = Pick<WebSocket, "send" | "close" | "onmessage" | "onclose">;

export interface ConnectionEvents {
  visit(): Promise<Visit>;
  openSocket(ticket: string): Socket;
  /** Whether somebody is looking, or something has to go out; otherwise an idle socket stays closed. */
  wanted(): boolean;
  entered(visit: Visit): void;
  received(frame: ServerFrame): void;
  changed(status: Status): void;
}

const HELLO_TIMEOUT_MS = 10_000;
const STABLE_MS = 10_000;
const PAUSED_RETRY_MS = 60_000;
const TOO_MANY_RETRY_MS = 30_000;

/** One visit and one socket at a time, and what to do when either ends. */
export class Connection {
  status: Status = "idle";
  private socket: Socket | null = null;
  // Late answers of an attempt that was given up carry an older turn and are ignored.
  private turn = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private helloTimer: ReturnType<typeof setTimeout> | undefined;
  private stableTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly backoff: Backoff;
  private sealRefused = false;
  /** The server named a time to stay away; a shopper who opens the panel does not shorten it. */
  private notBefore = 0;

  constructor(
    private readonly events: ConnectionEvents,
    private readonly random: () => number = Math.random,
  ) {
    this.backoff = new Backoff(random);
  }

  /** Connects now, unless that is under way. */
  wake(): void {
    if (this.status === "connecting" || this.status === "online" || Date.now() < this.notBefore) return;
    void this.connect();
  }

  send(frame: ClientFrame): boolean {
    if (this.status !== "online" || !this.socket) return false;
    try {
      this.socket.send(JSON.stringify(frame));
      return true;
    } catch {
      return false;
    }
  }

  /** Gives the present socket up and takes another soon. */
  drop(): void {
    this.hangUp();
    this.retryIn(this.backoff.next());
  }

  /** Starts over at once: the server has moved us, or what we asked for was wrong. */
  restart(): void {
    this.hangUp();
    void this.connect();
  }

  stop(): void {
    this.hangUp();
    this.become("idle");
  }

  private async connect(): Promise<void> {
    this.hangUp();
    const turn = this.turn;
    this.become("connecting");
    let visit: Visit;
    try {
      visit = await this.events.visit();
    } catch (error) {
      if (turn === this.turn) this.visitFailed(error);
      return;
    }
    if (turn !== this.turn) return;
    this.events.entered(visit);
    const socket = this.events.openSocket(visit.ticket);
    this.socket = socket;
    this.helloTimer = setTimeout(() => this.drop(), HELLO_TIMEOUT_MS);
    socket.onmessage = (event) => {
      if (turn === this.turn) this.receive(parseFrame(event.data));
    };
    socket.onclose = (event) => {
      if (turn === this.turn) this.closed(event.code);
    };
  }

  private receive(frame: ServerFrame | null): void {
    if (!frame) return;
    if (frame.type === "hello") {
      clearTimeout(this.helloTimer);
      // A server that accepts and falls over must not be tried at full speed: only a socket that lasts counts.
      this.stableTimer = setTimeout(() => {
        this.backoff.reset();
        this.sealRefused = false;
      }, STABLE_MS);
      this.become("online");
    }
    this.events.received(frame);
  }

  private visitFailed(error: unknown): void {
    const { status, retryAfterMs } = error instanceof VisitError ? error : new VisitError(0, "network", 0);
    if (status === 423) this.pause();
    else if (status === 0 || status === 408 || status === 429 || status >= 500)
      this.retryIn(this.backoff.next(), retryAfterMs);
    else this.become("refused");
  }

  private closed(code: number): void {
    this.hangUp();
    switch (code) {
      case Close.sealRefused:
        if (this.sealRefused) return this.retryIn(this.backoff.next());
        this.sealRefused = true;
        void this.connect();
        return;
      case Close.suspended:
        return this.pause();
      case Close.idle:
        return this.events.wanted() ? this.retryIn(this.backoff.next()) : this.become("idle");
      case Close.tooMany:
        return this.retryIn(this.backoff.next(), TOO_MANY_RETRY_MS);
      default:
        return this.retryIn(this.backoff.next());
    }
  }

  private pause(): void {
    this.become("paused");
    this.retryTimer = setTimeout(() => this.wake(), PAUSED_RETRY_MS * (1 + this.random()));
  }

  private retryIn(ms: number, atLeastMs = 0): void {
    clearTimeout(this.retryTimer);
    this.notBefore = Date.now() + atLeastMs;
    this.become("waiting");
    this.retryTimer = setTimeout(() => this.wake(), atLeastMs + ms);
  }

  private hangUp(): void {
    this.turn++;
    clearTimeout(this.retryTimer);
    clearTimeout(this.helloTimer);
    clearTimeout(this.stableTimer);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
  }

  private become(status: Status): void {
    if (status === this.status) return;
    this.status = status;
    this.events.changed(status);
  }
}
