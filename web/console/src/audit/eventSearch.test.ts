import { expect, it } from "vitest";

import { fromLocal, parseAnyEventSearch, parseEventSearch, toLocal, toQuery } from "./eventSearch";

it("reads what is looked for out of an address, and nothing that it does not know", () => {
  const search = { from: "2026-03-01T00:00:00.000Z", resource: "/v1/customers/", outcome: 403, shop_id: "x" };
  const { shop_id, ...own } = search;
  expect(parseEventSearch({ ...search, more: "more" })).toEqual(own);
  expect(parseAnyEventSearch(search)).toEqual({ ...own, shop_id });
  expect(toQuery({ outcome: 403, shop_id })).toEqual({ status: 403, shop_id });
  expect(toQuery({})).toEqual({});
});

it("leaves out what no search can mean", () => {
  expect(parseEventSearch({ from: "yesterday", to: 7, action: "", outcome: 99, address: ["192.0.2.7"] })).toEqual({});
});

it("shows a moment in the reader's time zone, and takes it back", () => {
  expect(fromLocal(toLocal("2026-07-01T12:34:00.000Z"))).toBe("2026-07-01T12:34:00.000Z");
  expect(fromLocal("")).toBe("");
});
