import { vi } from "vitest";
import { Chat } from "../src/chat";
import type { Socket } from "../src/connection";
import { keepIn } from "../src/keep";
import type { Author, ClientFrame, Message } from "../src/protocol";

export function fakeStorage(): Storage {
  const held = new Map<string, string>();
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
    clear: () => held.clear(),
    key: (at: number) => [...held.keys()][at] ?? null,
    get length() {
      return held.size;
    },
  };
}

export class FakeSocket implements Socket {
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: ClientFrame[] = [];
  closedByClient = false;

  constructor(readonly url: string) {}

  send(data: string): void {
    this.sent.push(JSON.parse(data) as ClientFrame);
  }

  close(): void {
    this.closedByClient = true;
  }

  get after(): number {
    return Number(new URL(this.url).searchParams.get("after"));
  }

  get sends(): Extract<ClientFrame, { type: "send" }>[] {
    return this.sent.flatMap((frame) => (frame.type === "send" ? [frame] : []));
  }

  frame(frame: object): void {
    this.onmessage?.call(this as unknown as WebSocket, { data: JSON.stringify(frame) } as MessageEvent);
  }

  hello(more: object = {}): void {
    this.frame({
      type: "hello",
      conversation_id: "c1",
      handler: "assistant",
      last_seq: 0,
      merchant_read_seq: 0,
      ...more,
    });
  }

  message(seq: number, author: Author, text: string, clientId: string | null = null): void {
    this.frame({ type: "message", message: message(seq, author, text, clientId) });
  }

  ack(clientId: string, seq: number): void {
    this.frame({ type: "ack", client_id: clientId, seq, id: `m${seq}`, sent_at: "2026-11-24T08:00:00.000000Z" });
  }

  lose(code: number): void {
    this.onclose?.call(this as unknown as WebSocket, { code } as CloseEvent);
  }
}

export function message(seq: number, author: Author, text: string, clientId: string | null = null): Message {
  return {
    seq,
    id: `m${seq}`,
    author,
    author_id: null,
    client_id: clientId,
    text,
    sources: [],
    sent_at: "2026-11-24T08:00:00.000000Z",
  };
}

export interface FakeVisits {
  bodies: { shop: string; visitor_secret?: string }[];
  /** Answers the next visit in place of a welcome. */
  refuseNext(status: number, body?: object, headers?: Record<string, string>): void;
  fail: boolean;
  visitorId: string;
}

/** Stands in for POST /v1/widget/visits. */
export function fakeVisits(): FakeVisits {
  const refusals: Response[] = [];
  const visits: FakeVisits = {
    bodies: [],
    fail: false,
    visitorId: "v1",
    refuseNext: (status, body = {}, headers = {}) =>
      void refusals.push(new Response(JSON.stringify(body), { status, headers })),
  };
  vi.stubGlobal("fetch", (_url: string, init: { body: string }) => {
    visits.bodies.push(JSON.parse(init.body) as FakeVisits["bodies"][number]);
    if (visits.fail) return Promise.reject(new TypeError("network"));
    const refusal = refusals.shift();
    if (refusal) return Promise.resolve(refusal);
    const welcome = {
      visitor_id: visits.visitorId,
      visitor_secret: `secret of ${visits.visitorId}`,
      shop_name: "Aurora",
      assistant_name: "Iris",
      greeting: "Hello",
      ticket: `t${visits.bodies.length}`,
    };
    return Promise.resolve(new Response(JSON.stringify(welcome), { status: 200 }));
  });
  return visits;
}

export interface Stage {
  chat: Chat;
  sockets: FakeSocket[];
  visits: FakeVisits;
  lasting: Storage;
  passing: Storage;
  /** The latest socket. */
  readonly socket: FakeSocket;
  /** Lets time pass, and what was waiting for it happen. */
  pass(ms: number): Promise<void>;
  /** A chat on the next page of the same tab. */
  nextPage(): Stage;
}

export function stage(lasting = fakeStorage(), passing = fakeStorage()): Stage {
  const visits = fakeVisits();
  const sockets: FakeSocket[] = [];
  const chat = new Chat({
    base: "https://cordon.example",
    shop: "aurora",
    lasting: keepIn(() => lasting),
    passing: keepIn(() => passing),
    openSocket(url) {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket;
    },
    random: () => 0.5,
  });
  return {
    chat,
    sockets,
    visits,
    lasting,
    passing,
    get socket() {
      return sockets[sockets.length - 1]!;
    },
    pass: async (ms) => {
      await vi.advanceTimersByTimeAsync(ms);
    },
    nextPage: () => stage(lasting, passing),
  };
}

/** A chat whose first socket has said hello. */
export async function connected(): Promise<Stage> {
  const made = stage();
  made.chat.connect();
  await made.pass(0);
  made.socket.hello();
  return made;
}
