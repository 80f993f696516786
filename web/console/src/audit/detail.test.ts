import { expect, it } from "vitest";

import { parseDetail, parseStatements } from "./detail";

it("tells changes with before and after from other facts", () => {
  expect(parseDetail('{"name":{"before":"a","after":"b"},"days":{"before":null,"after":7},"token":"t"}')).toEqual({
    changes: [
      { field: "name", before: "a", after: "b" },
      { field: "days", before: "null", after: "7" },
    ],
    facts: [["token", "t"]],
    text: "",
  });
});

it("shows as it is what is no object", () => {
  for (const text of ["", '["name"]', "{not JSON"]) expect(parseDetail(text)).toEqual({ changes: [], facts: [], text });
});

it("reads the statements that were run", () => {
  expect(parseStatements("customer.find:1a2b3c4d5e6f7081:3 order.list:00:0")).toEqual([
    { name: "customer.find", digest: "1a2b3c4d5e6f7081", rows: "3" },
    { name: "order.list", digest: "00", rows: "0" },
  ]);
  expect(parseStatements("")).toEqual([]);
});
