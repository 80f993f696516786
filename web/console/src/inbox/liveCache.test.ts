import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import type { Conversation, Message, Page } from "../api/types";
import { messagesKey } from "./conversationQueries";
import { lastSeq, placeConversation, placeMessage } from "./liveCache";

const conversation = (id: string, hour: number, changes: Partial<Conversation> = {}): Conversation => ({
  id,
  visitor_id: `visitor-${id}`,
  customer_id: null,
  customer_name: null,
  status: "open",
  handler: "assistant",
  assignee_id: null,
  last_seq: 1,
  visitor_read_seq: 0,
  merchant_read_seq: 0,
  preview: "",
  last_author: "visitor",
  created_at: "2026-11-24T00:00:00.000000Z",
  last_message_at: `2026-11-24T${String(hour).padStart(2, "0")}:00:00.000000Z`,
  ...changes,
});

const message = (seq: number): Message => ({
  seq,
  id: `message-${seq}`,
  author: "visitor",
  author_id: null,
  client_id: null,
  text: `text ${seq}`,
  sources: [],
  sent_at: "2026-11-24T08:00:00.000000Z",
});

const pages = <T>(...items: T[][]) => ({
  pages: items.map((page, at): Page<T> => ({ items: page, next_cursor: at < items.length - 1 ? "more" : null })),
  pageParams: items.map(() => undefined),
});

const all = { show: "all", status: "any" } as const;
const ids = (list: { pages: Page<Conversation>[] }) => list.pages.map(({ items }) => items.map(({ id }) => id).join());

describe("placeConversation", () => {
  it("moves a conversation with a new message to the top, from whatever page", () => {
    const list = pages([conversation("a", 9), conversation("b", 8)], [conversation("c", 7)]);
    expect(ids(placeConversation(list, conversation("c", 10), all))).toEqual(["c,a,b", ""]);
  });

  it("keeps its place when only its state changed", () => {
    const list = pages([conversation("a", 9), conversation("b", 8), conversation("c", 7)]);
    expect(ids(placeConversation(list, conversation("b", 8, { status: "closed" }), all))).toEqual(["a,b,c"]);
  });

  it("takes out what the filter no longer shows, and puts in what it shows now", () => {
    const waiting = { show: "waiting", status: "any" } as const;
    const list = pages([conversation("a", 9, { handler: "waiting" })]);
    const taken = placeConversation(list, conversation("a", 9, { handler: "human" }), waiting);
    expect(ids(taken)).toEqual([""]);
    expect(ids(placeConversation(taken, conversation("b", 9, { handler: "waiting" }), waiting))).toEqual(["b"]);
  });

  it("leaves what is older than all that is loaded to the page it will come with", () => {
    const list = pages([conversation("a", 9)]);
    const partial = { ...list, pages: list.pages.map((page) => ({ ...page, next_cursor: "more" })) };
    expect(ids(placeConversation(partial, conversation("z", 1), all))).toEqual(["a"]);
    expect(ids(placeConversation(list, conversation("z", 1), all))).toEqual(["a,z"]);
  });
});

describe("placeMessage", () => {
  it("stores a message once, in its place", () => {
    const list = placeMessage(pages([message(4), message(2)], [message(1)]), message(3));
    expect(list.pages[0]?.items.map(({ seq }) => seq)).toEqual([4, 3, 2]);
    expect(placeMessage(list, message(1))).toBe(list);
  });
});

describe("lastSeq", () => {
  const after = (...seqs: number[]) => {
    const client = new QueryClient();
    client.setQueryData(messagesKey("c"), pages(seqs.map(message)));
    return lastSeq(client, "c");
  };

  it("is the newest message when none is missing", () => expect(after(9, 8, 7)).toBe(9));
  it("stops before a gap, so that the missing message is asked for", () => expect(after(9, 7, 6)).toBe(7));
  it("is 0 for an empty conversation", () => expect(after()).toBe(0));
});
