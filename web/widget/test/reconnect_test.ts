import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connected, stage } from "./fakes";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("comes back with the ticket of a new visit, as the same visitor, after what it has seen", async () => {
  const made = await connected();
  made.socket.message(1, "assistant", "a");
  made.socket.message(2, "agent", "b");
  made.socket.lose(1001);
  expect(made.chat.status).toBe("waiting");
  await made.pass(1_000);
  expect(made.visits.bodies).toEqual([{ shop: "aurora" }, { shop: "aurora", visitor_secret: "secret of v1" }]);
  expect(made.socket.url).toContain("wss://cordon.example/v1/widget/socket?ticket=t2");
  expect(made.socket.after).toBe(2);
  made.socket.hello({ last_seq: 4 });
  made.socket.message(2, "agent", "b");
  made.socket.message(3, "agent", "c");
  expect(made.chat.replaying).toBe(true);
  made.socket.message(4, "agent", "d");
  expect(made.chat.replaying).toBe(false);
  expect(made.chat.transcript.all().map((m) => m.text)).toEqual(["a", "b", "c", "d"]);
});

test("waits longer and longer while sockets die young, and forgets that after one that lasts", async () => {
  const made = await connected();
  const waits: number[] = [];
  for (let i = 0; i < 4; i++) {
    made.socket.lose(4503);
    const before = Date.now();
    const count = made.sockets.length;
    while (made.sockets.length === count) await made.pass(100);
    waits.push(Date.now() - before);
    made.socket.hello();
  }
  expect(waits).toEqual([800, 1300, 2300, 4300]);
  await made.pass(10_000);
  made.socket.lose(1006);
  await made.pass(850);
  expect(made.sockets).toHaveLength(6);
});

test("4401: a new visit at once, but not in a circle", async () => {
  const made = await connected();
  made.socket.lose(4401);
  await made.pass(0);
  expect(made.sockets).toHaveLength(2);
  made.socket.lose(4401);
  await made.pass(100);
  expect(made.sockets).toHaveLength(2);
  expect(made.chat.status).toBe("waiting");
});

test("4423: paused, and asked for again only after a minute", async () => {
  const made = await connected();
  made.socket.lose(4423);
  expect(made.chat.status).toBe("paused");
  await made.pass(59_000);
  expect(made.sockets).toHaveLength(1);
  await made.pass(31_500);
  expect(made.sockets).toHaveLength(2);
});

test("4408: an idle socket stays closed until somebody looks", async () => {
  const made = await connected();
  made.socket.lose(4408);
  expect(made.chat.status).toBe("idle");
  await made.pass(120_000);
  expect(made.sockets).toHaveLength(1);
  made.chat.connect();
  await made.pass(0);
  expect(made.sockets).toHaveLength(2);
  made.socket.hello();
  made.chat.watched = true;
  made.socket.lose(4408);
  expect(made.chat.status).toBe("waiting");
});

test("4429: stays away for half a minute, even when the panel is opened", async () => {
  const made = await connected();
  made.socket.lose(4429);
  await made.pass(29_000);
  made.chat.connect();
  await made.pass(0);
  expect(made.sockets).toHaveLength(1);
  await made.pass(3_000);
  expect(made.sockets).toHaveLength(2);
});

test("a visit that is told to wait waits", async () => {
  const made = stage();
  made.visits.refuseNext(503, { code: "overload" }, { "retry-after": "20" });
  made.chat.connect();
  await made.pass(19_000);
  expect(made.visits.bodies).toHaveLength(1);
  await made.pass(3_000);
  expect(made.visits.bodies).toHaveLength(2);
});

test("no network: tries again; a page that may not chat: does not", async () => {
  const made = stage();
  made.visits.fail = true;
  made.chat.connect();
  await made.pass(0);
  expect(made.chat.status).toBe("waiting");
  made.visits.fail = false;
  made.visits.refuseNext(403, { code: "origin" });
  await made.pass(1_000);
  expect(made.chat.status).toBe("refused");
  await made.pass(600_000);
  expect(made.visits.bodies).toHaveLength(2);
});

test("a secret that the server no longer knows makes a new visitor, whose log is empty", async () => {
  const made = await connected();
  made.socket.message(1, "agent", "for v1");
  made.socket.lose(1006);
  made.visits.refuseNext(401, { code: "unknown_visitor" });
  made.visits.visitorId = "v2";
  await made.pass(1_000);
  expect(made.visits.bodies.at(-1)).toEqual({ shop: "aurora" });
  expect(made.lasting.getItem("cordon:aurora")).toBe("secret of v2");
  expect(made.socket.after).toBe(0);
  expect(made.chat.transcript.all()).toEqual([]);
});

test("moved to another conversation, it asks for that one from its beginning", async () => {
  const made = await connected();
  made.socket.message(1, "agent", "old");
  made.socket.message(2, "agent", "older");
  made.socket.lose(1006);
  await made.pass(1_000);
  expect(made.socket.after).toBe(2);
  made.socket.hello({ conversation_id: "c2", last_seq: 3 });
  await made.pass(0);
  expect(made.sockets).toHaveLength(3);
  expect(made.socket.after).toBe(0);
  made.socket.hello({ conversation_id: "c2", last_seq: 3 });
  made.socket.message(1, "visitor", "new");
  expect(made.chat.transcript.all().map((m) => m.text)).toEqual(["new"]);
});

test("a server that never says hello is given up", async () => {
  const made = stage();
  made.chat.connect();
  await made.pass(10_000);
  expect(made.sockets[0]!.closedByClient).toBe(true);
  expect(made.chat.status).toBe("waiting");
});

test("nothing of a socket that was given up is heard", async () => {
  const made = await connected();
  const old = made.socket;
  old.lose(1006);
  await made.pass(1_000);
  old.message(9, "agent", "ghost");
  old.lose(4423);
  expect(made.chat.transcript.all()).toEqual([]);
  expect(made.chat.status).toBe("connecting");
});

test("reads are told once, and again to the next socket", async () => {
  const made = await connected();
  made.socket.message(1, "agent", "a");
  expect(made.chat.unread).toBe(1);
  made.chat.seen(1);
  made.chat.seen(1);
  expect(made.chat.unread).toBe(0);
  expect(made.socket.sent).toEqual([{ type: "read", seq: 1 }]);
  const next = made.nextPage();
  next.chat.connect();
  await next.pass(0);
  next.socket.hello({ last_seq: 1 });
  next.socket.message(1, "agent", "a");
  expect(next.chat.unread).toBe(0);
});

test("forgetting leaves nothing behind and no socket open", async () => {
  const made = await connected();
  made.socket.message(1, "agent", "a");
  made.chat.seen(1);
  made.chat.send("unsent");
  made.chat.forget();
  expect(made.socket.closedByClient).toBe(true);
  expect(made.lasting.length + made.passing.length).toBe(0);
  await made.pass(120_000);
  expect(made.sockets).toHaveLength(1);
});
