// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepIn } from "../src/keep";
import { Widget } from "../src/ui/widget";
import { stage } from "./fakes";

// jsdom lays nothing out and constructs no style sheets.
vi.mock("../src/ui/styles", () => ({ adoptStyles: () => undefined }));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

function mounted() {
  const made = stage();
  const passing = keepIn(() => made.passing);
  const widget = new Widget(made.chat, passing, "cordon:aurora:open");
  widget.mount();
  const root = document.querySelector("cordon-chat")!.shadowRoot!;
  const find = <T extends HTMLElement>(id: string) => root.querySelector<T>(`[data-testid=${id}]`)!;
  return { ...made, widget, root, find };
}

async function opened() {
  const made = mounted();
  made.find("launcher").click();
  await made.pass(0);
  const socket = made.sockets[0]!;
  socket.hello();
  return { ...made, socket };
}

test("asks nothing of the server until it is opened", async () => {
  const { find, pass, visits } = mounted();
  await pass(60_000);
  expect(visits.bodies).toEqual([]);
  find("launcher").click();
  await pass(0);
  expect(visits.bodies).toHaveLength(1);
});

test("shows messages as text, whatever they contain", async () => {
  const { socket, root } = await opened();
  const hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script> javascript:alert(3)';
  socket.message(1, "agent", hostile);
  socket.frame({
    type: "message",
    message: {
      seq: 2,
      id: "m2",
      author: "assistant",
      author_id: null,
      client_id: null,
      text: "see",
      sources: [{ kind: "product", id: "p", title: '"><script>x</script>' }],
      sent_at: "not a time",
    },
  });
  expect(root.querySelectorAll("img, script")).toHaveLength(0);
  expect(root.querySelector("[data-seq='1'] .text")!.textContent).toBe(hostile);
  expect(root.querySelector("a")!.getAttribute("href")).toBe("/search?q=%22%3E%3Cscript%3Ex%3C%2Fscript%3E");
});

test("Escape closes and gives the focus back to the launcher", async () => {
  const { find, root } = await opened();
  expect(root.activeElement).toBe(find("composer"));
  find("composer").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, composed: true }));
  expect(find("panel").hidden).toBe(true);
  expect(root.activeElement).toBe(find("launcher"));
  expect(find("launcher").getAttribute("aria-expanded")).toBe("false");
});

test("Enter sends; Shift+Enter and the Enter of a composition do not", async () => {
  const { find, socket } = await opened();
  const box = find<HTMLTextAreaElement>("composer");
  box.value = "日本";
  const press = (init: KeyboardEventInit) =>
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...init }));
  press({ shiftKey: true });
  press({ isComposing: true });
  expect(socket.sends).toEqual([]);
  press({});
  expect(socket.sends.map((frame) => frame.text)).toEqual(["日本"]);
  expect(box.value).toBe("");
});

test("counts near the limit and keeps what is too long", async () => {
  const { find, root, socket } = await opened();
  const box = find<HTMLTextAreaElement>("composer");
  box.value = "x".repeat(2001);
  box.dispatchEvent(new Event("input"));
  expect(root.querySelector(".count")!.textContent).toBe("1 too many");
  find("send").click();
  expect(socket.sends).toEqual([]);
  expect(box.value).toHaveLength(2001);
});

test("the element of a pending message stays when the server has it", async () => {
  const { chat, socket, root } = await opened();
  chat.send("hi");
  const pending = root.querySelector("[data-testid=message]")!;
  expect(pending.getAttribute("data-delivery")).toBe("pending");
  socket.ack(socket.sends[0]!.client_id, 1);
  socket.frame({ type: "read", seq: 1 });
  const all = root.querySelectorAll("[data-testid=message]");
  expect([...all]).toEqual([pending]);
  expect(pending.getAttribute("data-delivery")).toBe("read");
  expect(pending.getAttribute("data-seq")).toBe("1");
});

test("a source may be taken over by the page", async () => {
  const { socket, root } = await opened();
  const taken: unknown[] = [];
  const take = (event: Event) => {
    taken.push((event as CustomEvent).detail);
    event.preventDefault();
  };
  document.addEventListener("cordon:source", take);
  socket.frame({
    type: "message",
    message: {
      seq: 1,
      id: "m1",
      author: "assistant",
      author_id: null,
      client_id: null,
      text: "see",
      sources: [{ kind: "product", id: "p7", title: "Shirt" }],
      sent_at: "2026-11-24T08:00:00Z",
    },
  });
  const click = new MouseEvent("click", { bubbles: true, cancelable: true });
  root.querySelector("a")!.dispatchEvent(click);
  document.removeEventListener("cordon:source", take);
  expect(taken).toEqual([{ kind: "product", id: "p7", title: "Shirt" }]);
  expect(click.defaultPrevented).toBe(true);
});

test("says that chat is paused", async () => {
  const { socket, find } = await opened();
  socket.lose(4423);
  expect(find("status").dataset.state).toBe("paused");
  expect(find("notice").textContent).toContain("paused");
});

test("counts unread messages on the launcher while closed", async () => {
  const { widget, socket, find } = await opened();
  widget.close();
  socket.message(1, "agent", "there you are");
  expect(find("launcher").getAttribute("aria-label")).toBe("Open chat, 1 unread message");
});

test("removal leaves nothing on the page", async () => {
  const { widget, chat, lasting, passing } = await opened();
  widget.remove();
  chat.forget();
  expect(document.querySelector("cordon-chat")).toBeNull();
  expect(lasting.length + passing.length).toBe(0);
});

test("a long history is laid out a few times, not once for each message", async () => {
  const { find, pass, sockets, root } = mounted();
  find("launcher").click();
  await pass(0);
  sockets[0]!.hello({ last_seq: 500 });
  for (let seq = 1; seq < 500; seq++) sockets[0]!.message(seq, "agent", `${seq}`);
  expect(root.querySelectorAll("[data-testid=message]")).toHaveLength(0);
  expect(find("log").getAttribute("aria-busy")).not.toBe("false");
  sockets[0]!.message(500, "agent", "500");
  expect(root.querySelectorAll("[data-testid=message]")).toHaveLength(500);
  expect(find("log").getAttribute("aria-busy")).toBe("false");
});

test("a replay whose end was erased is shown all the same", async () => {
  const { find, pass, sockets, root } = mounted();
  find("launcher").click();
  await pass(0);
  sockets[0]!.hello({ last_seq: 2 });
  sockets[0]!.message(1, "agent", "one");
  await pass(100);
  expect(root.querySelectorAll("[data-testid=message]")).toHaveLength(1);
  await pass(3_000);
  expect(find("log").getAttribute("aria-busy")).toBe("false");
});
