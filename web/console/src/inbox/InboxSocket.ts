import { isProblem } from "../api/problem";
import type { ClientFrame, ServerFrame } from "./frames";

/** Close codes of the server. */
const SEAL_ENDED = 4401;
const SHOP_SUSPENDED = 4423;
const TOO_MANY = 4429;
const STOPPED = 4503;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const WATCH_PAUSE_MS = 1_000;

export interface InboxSocketOptions {
  /** A one-use ticket; refused with an error when the session cannot have one now. */
  ticket: () => Promise<string>;
  /** The access token behind the last ticket no longer holds. */
  renew: () => Promise<unknown>;
  /** The session may have ended, the shop be suspended, or the service stopped: that concerns the whole console. */
  onSessionDoubt: () => void;
  onFrame: (frame: ServerFrame) => void;
  onLive: (live: boolean) => void;
  open?: (ticket: string) => WebSocket;
}

interface Watch {
  conversationId: string;
  /** Asked at each connection: what arrived meanwhile is not replayed. */
  after: () => number;
}

/** The live feed of the inbox: reconnects with growing, jittered pauses until `stop`, and then watches again. */
export class InboxSocket {
  readonly #options: InboxSocketOptions;
  #socket: WebSocket | null = null;
  #watch: Watch | null = null;
  #live = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watchTimer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #connecting = false;

  constructor(options: InboxSocketOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    window.addEventListener("online", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
    void this.#connect();
  }

  stop(): void {
    this.#running = false;
    window.removeEventListener("online", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
    clearTimeout(this.#timer);
    clearTimeout(this.#watchTimer);
    this.#socket?.close(1000);
    this.#socket = null;
    this.#setLive(false);
  }

  watch(conversationId: string, after: () => number): () => void {
    const watch = { conversationId, after };
    this.#watch = watch;
    this.#sendWatch();
    return () => {
      if (this.#watch !== watch) return;
      this.#watch = null;
      this.#send({ type: "unwatch" });
    };
  }

  typing(conversationId: string): void {
    this.#send({ type: "typing", conversation_id: conversationId });
  }

  async #connect(): Promise<void> {
    if (!this.#running || this.#socket || this.#connecting) return;
    clearTimeout(this.#timer);
    this.#connecting = true;
    try {
      const ticket = await this.#options.ticket();
      if (this.#running) this.#listen((this.#options.open ?? openSocket)(ticket));
    } catch (error) {
      if (isProblem(error) && error.status === 401) this.#options.onSessionDoubt();
      this.#retryLater();
    } finally {
      this.#connecting = false;
    }
  }

  #listen(socket: WebSocket): void {
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      if (this.#socket !== socket || typeof event.data !== "string") return;
      const frame = JSON.parse(event.data) as ServerFrame;
      if (frame.type === "hello") {
        this.#failures = 0;
        this.#setLive(true);
        this.#sendWatch();
      }
      if (frame.type === "error" && frame.code === "rate_limited") this.#watchLater();
      this.#options.onFrame(frame);
    });
    socket.addEventListener("close", (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#setLive(false);
      this.#closed(event.code);
    });
  }

  #closed(code: number): void {
    if (code === SEAL_ENDED) {
      // Nothing to renew with: the session has ended, and the page has to know.
      void this.#options
        .renew()
        .catch(() => this.#options.onSessionDoubt())
        .then(() => this.#retryLater());
      return;
    }
    if (code === SHOP_SUSPENDED || code === STOPPED) this.#options.onSessionDoubt();
    if (code === SHOP_SUSPENDED || code === STOPPED || code === TOO_MANY) this.#failures = Math.max(this.#failures, 4);
    this.#retryLater();
  }

  #retryLater(): void {
    if (!this.#running) return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    clearTimeout(this.#timer);
    // Jitter: when a server restarts, all its consoles come back at once.
    this.#timer = setTimeout(() => void this.#connect(), pause * (0.5 + Math.random() / 2));
  }

  readonly #hurry = (): void => {
    if (document.visibilityState === "visible" && navigator.onLine) void this.#connect();
  };

  #setLive(live: boolean): void {
    if (this.#live === live) return;
    this.#live = live;
    this.#options.onLive(live);
  }

  #sendWatch(): void {
    if (!this.#watch) return;
    this.#send({ type: "watch", conversation_id: this.#watch.conversationId, after: this.#watch.after() });
  }

  /** Somebody leafs through the inbox: where they stop is watched a moment later. */
  #watchLater(): void {
    clearTimeout(this.#watchTimer);
    this.#watchTimer = setTimeout(() => {
      this.#sendWatch();
    }, WATCH_PAUSE_MS);
  }

  /** Frames of a socket that is not up are dropped: a watch is sent again on hello, and typing is stale by then. */
  #send(frame: ClientFrame): void {
    if (this.#live && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

function openSocket(ticket: string): WebSocket {
  const url = new URL("/v1/inbox/socket", window.location.href);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  url.searchParams.set("ticket", ticket);
  return new WebSocket(url);
}
