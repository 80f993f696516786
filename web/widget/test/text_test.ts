import { expect, test } from "vitest";
import { cleanText, textLength } from "../src/text";

test("counts as the server does, in code points", () => {
  expect(textLength("a🦊é")).toBe(3);
});

test("drops what no text column holds and keeps the lines", () => {
  expect(cleanText("  a\u0000b\r\nc\td \n")).toBe("ab\nc\td");
  expect(cleanText("half \ud83e of a fox")).toBe("half \ufffd of a fox");
  expect(cleanText("\u0007 \n")).toBe("");
});
