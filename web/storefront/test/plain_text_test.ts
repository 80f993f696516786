// @vitest-environment jsdom
import { expect, test } from "vitest";
import { paragraphs } from "../src/plain_text";

test("keeps the words of a merchant's HTML and none of its markup", () => {
  const html =
    "<p>Soft&nbsp;cotton</p><ul><li>Blue</li><li>Long</li></ul><script>steal()</script><img src=x onerror=y>";
  expect(paragraphs(html)).toEqual(["Soft cotton", "• Blue\n• Long"]);
});

test("leaves plain text as it is", () => {
  expect(paragraphs("5 < 6 & 7 > 2\n\nnext")).toEqual(["5 < 6 & 7 > 2", "next"]);
  expect(paragraphs("")).toEqual([]);
});
