import { expect, test } from "vitest";
import { Transcript } from "../src/transcript";
import { message } from "./fakes";

const seqs = (transcript: Transcript) => transcript.all().map((m) => m.seq);

test("holds each message once, in order", () => {
  const transcript = new Transcript();
  for (const seq of [1, 3, 2, 3, 1]) transcript.add(message(seq, "agent", `${seq}`));
  expect(seqs(transcript)).toEqual([1, 2, 3]);
});

test("an acknowledgement that overtakes others does not skip them", () => {
  const transcript = new Transcript();
  transcript.add(message(1, "agent", "one"));
  transcript.acknowledge({ type: "ack", client_id: "x", seq: 4, id: "m4", sent_at: "" }, "mine");
  expect(transcript.streamedSeq).toBe(1);
  expect(seqs(transcript)).toEqual([1, 4]);
});

test("another conversation starts with nothing", () => {
  const transcript = new Transcript();
  const hello = { type: "hello", handler: "human", last_seq: 0, merchant_read_seq: 7 } as const;
  expect(transcript.hello({ ...hello, conversation_id: "a" })).toBe(true);
  transcript.add(message(8, "agent", "x"));
  expect(transcript.hello({ ...hello, conversation_id: "b", merchant_read_seq: 0 })).toBe(false);
  expect(seqs(transcript)).toEqual([]);
  expect(transcript.streamedSeq).toBe(0);
  expect(transcript.merchantReadSeq).toBe(0);
});
