import { expect, test } from "vitest";
import { parseFrame } from "../src/protocol";

test("skips what it cannot read", () => {
  for (const data of ["", "{", "null", "[]", '"x"', '{"type":"later"}', '{"type":"ack"}', new ArrayBuffer(2)])
    expect(parseFrame(data)).toBeNull();
  expect(parseFrame('{"type":"message","message":{"seq":"1","author":"agent","text":"x","sources":[]}}')).toBeNull();
  expect(parseFrame('{"type":"message","message":null}')).toBeNull();
});

test("keeps frames that carry more than it knows", () => {
  expect(parseFrame('{"type":"read","seq":4,"new":true}')).toMatchObject({ type: "read", seq: 4 });
});
