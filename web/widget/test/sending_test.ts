import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connected, stage } from "./fakes";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const OUTBOX = "cordon:aurora:outbox";

test("sends what was written before the socket was there", async () => {
  const { chat, pass, ...made } = stage();
  chat.send("hello");
  expect(chat.pending).toHaveLength(1);
  await pass(0);
  expect(made.sockets[0]!.sends).toEqual([]);
  made.sockets[0]!.hello();
  expect(made.sockets[0]!.sends.map((frame) => frame.text)).toEqual(["hello"]);
});

test("keeps the order: one message in flight at a time", async () => {
  const { chat, socket } = await connected();
  for (const text of ["one", "two", "three"]) chat.send(text);
  expect(socket.sends.map((frame) => frame.text)).toEqual(["one"]);
  socket.ack(socket.sends[0]!.client_id, 1);
  socket.ack(socket.sends[1]!.client_id, 2);
  socket.ack(socket.sends[2]!.client_id, 3);
  expect(socket.sends.map((frame) => frame.text)).toEqual(["one", "two", "three"]);
  expect(chat.pending).toEqual([]);
  expect(chat.transcript.all().map((m) => m.text)).toEqual(["one", "two", "three"]);
});

test("sends again under the same client_id when the acknowledgement was lost, and shows the message once", async () => {
  const made = await connected();
  made.chat.send("order 66?");
  const { client_id } = made.socket.sends[0]!;
  made.socket.lose(1006);
  await made.pass(1_000);
  expect(made.sockets).toHaveLength(2);
  made.socket.hello({ last_seq: 1 });
  expect(made.socket.sends.map((frame) => frame.client_id)).toEqual([client_id]);
  made.socket.message(1, "visitor", "order 66?", client_id);
  made.socket.ack(client_id, 1);
  made.socket.message(1, "visitor", "order 66?", client_id);
  expect(made.chat.transcript.all()).toHaveLength(1);
  expect(made.chat.pending).toEqual([]);
  expect(made.passing.getItem(OUTBOX)).toBeNull();
});

test("an unacknowledged message survives a walk to the next page", async () => {
  const made = await connected();
  made.chat.send("still here?");
  const { client_id } = made.socket.sends[0]!;
  made.chat.disconnect();
  const next = made.nextPage();
  expect(next.chat.pending.map((item) => item.text)).toEqual(["still here?"]);
  next.chat.connect();
  await next.pass(0);
  next.socket.hello();
  expect(next.socket.sends.map((frame) => frame.client_id)).toEqual([client_id]);
});

test("waits as long as the server says, then sends the same message again before the next", async () => {
  const { chat, socket, pass } = await connected();
  chat.send("one");
  chat.send("two");
  const { client_id } = socket.sends[0]!;
  socket.frame({ type: "error", code: "rate_limited", detail: "", client_id, retry_after: 3 });
  await pass(2_900);
  expect(socket.sends).toHaveLength(1);
  await pass(200);
  expect(socket.sends.map((frame) => frame.client_id)).toEqual([client_id, client_id]);
  socket.ack(client_id, 1);
  expect(socket.sends.map((frame) => frame.text)).toEqual(["one", "one", "two"]);
});

test("a message that the server refuses is kept for the shopper and holds nothing up", async () => {
  const { chat, socket } = await connected();
  chat.send("bad");
  chat.send("good");
  const { client_id } = socket.sends[0]!;
  socket.frame({ type: "error", code: "invalid", detail: "", client_id });
  expect(chat.pending.map((item) => item.failed)).toEqual(["invalid", undefined]);
  expect(socket.sends.map((frame) => frame.text)).toEqual(["bad", "good"]);
  socket.ack(socket.sends[1]!.client_id, 1);
  chat.retry(client_id);
  expect(socket.sends[2]).toMatchObject({ client_id, text: "bad" });
  chat.discard(client_id);
  expect(chat.pending).toEqual([]);
});

test("an error that names no message of ours changes nothing", async () => {
  const { chat, socket } = await connected();
  chat.send("one");
  socket.frame({ type: "error", code: "invalid", detail: "", client_id: "another's" });
  socket.frame({ type: "error", code: "invalid", detail: "" });
  expect(chat.pending.map((item) => item.failed)).toEqual([undefined]);
});

test("a socket that swallows messages is replaced", async () => {
  const made = await connected();
  made.chat.send("anyone?");
  await made.pass(15_000);
  expect(made.sockets[0]!.closedByClient).toBe(true);
  await made.pass(2_000);
  made.socket.hello();
  expect(made.sockets).toHaveLength(2);
  expect(made.socket.sends).toHaveLength(1);
});

test("a damaged outbox is an empty one", () => {
  const made = stage();
  for (const damage of ["{", "{}", "[null,3]", '[{"text":1}]']) {
    made.passing.setItem(OUTBOX, damage);
    expect(made.nextPage().chat.pending).toEqual([]);
  }
});

test("tells of typing at most every two seconds", async () => {
  const { chat, socket, pass } = await connected();
  chat.typing();
  chat.typing();
  await pass(2_100);
  chat.typing();
  expect(socket.sent.filter((frame) => frame.type === "typing")).toHaveLength(2);
});
