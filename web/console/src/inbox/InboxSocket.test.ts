import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { InboxSocket, type InboxSocketOptions } from "./InboxSocket";

class FakeSocket extends EventTarget {
  readyState = 1;
  sent: unknown[] = [];
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  receive(frame: object) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }
  drop(code: number) {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

let sockets: FakeSocket[];
let options: InboxSocketOptions;
let socket: InboxSocket;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("WebSocket", { OPEN: 1 });
  sockets = [];
  options = {
    ticket: vi.fn(() => Promise.resolve("ticket")),
    renew: vi.fn(() => Promise.resolve()),
    onSessionDoubt: vi.fn(),
    onFrame: vi.fn(),
    onLive: vi.fn(),
    open: () => {
      const fake = new FakeSocket();
      sockets.push(fake);
      return fake as unknown as WebSocket;
    },
  };
  socket = new InboxSocket(options);
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const connect = async () => {
  socket.start();
  await settle();
  sockets.at(-1)?.receive({ type: "hello" });
};

it("watches again after a reconnect, from where it is by then", async () => {
  await connect();
  let seq = 3;
  socket.watch("c", () => seq);
  expect(sockets[0]?.sent).toEqual([{ type: "watch", conversation_id: "c", after: 3 }]);
  seq = 5;
  sockets[0]?.drop(1001);
  await vi.advanceTimersByTimeAsync(1000);
  sockets[1]?.receive({ type: "hello" });
  expect(sockets[1]?.sent).toEqual([{ type: "watch", conversation_id: "c", after: 5 }]);
});

it("watches a moment later what it asked for too fast", async () => {
  await connect();
  socket.watch("c", () => 3);
  sockets[0]?.receive({ type: "error", code: "rate_limited", detail: "Too many conversations; wait a moment." });
  await vi.advanceTimersByTimeAsync(1000);
  const watch = { type: "watch", conversation_id: "c", after: 3 };
  expect(sockets[0]?.sent).toEqual([watch, watch]);
});

it("waits longer after each failure", async () => {
  socket.start();
  await settle();
  for (let failure = 0; failure < 5; failure += 1) {
    sockets.at(-1)?.drop(1006);
    await vi.advanceTimersByTimeAsync(60_000);
  }
  const before = sockets.length;
  sockets.at(-1)?.drop(1006);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(sockets.length).toBe(before);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(sockets.length).toBe(before + 1);
});

it("comes back at once when the network does", async () => {
  socket.start();
  await settle();
  for (let failure = 0; failure < 5; failure += 1) {
    sockets.at(-1)?.drop(1006);
    await vi.advanceTimersByTimeAsync(60_000);
  }
  const before = sockets.length;
  sockets.at(-1)?.drop(1006);
  window.dispatchEvent(new Event("online"));
  await settle();
  expect(sockets.length).toBe(before + 1);
});

it("renews the token when the seal behind the socket ended", async () => {
  await connect();
  sockets[0]?.drop(4401);
  await vi.advanceTimersByTimeAsync(1000);
  expect(options.renew).toHaveBeenCalledOnce();
  expect(sockets.length).toBe(2);
});

it("says so when the shop is suspended, and does not knock every second", async () => {
  await connect();
  sockets[0]?.drop(4423);
  await vi.advanceTimersByTimeAsync(2000);
  expect(options.onSessionDoubt).toHaveBeenCalledOnce();
  expect(sockets.length).toBe(1);
});

it("stays closed after stop", async () => {
  await connect();
  socket.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sockets.length).toBe(1);
  expect(options.onLive).toHaveBeenLastCalledWith(false);
});
