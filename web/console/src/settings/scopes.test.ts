import { expect, it } from "vitest";

import { rangesOf, scopesFor } from "./scopes";

it("offers one's own permissions, without those that take a person", () => {
  const me = { tenant_id: "", subject_id: "", name: "", role: "owner", permissions: ["order.read", "token.manage"] };
  expect(scopesFor(me)).toEqual(["order.read"]);
});

it("reads one range a line", () => {
  expect(rangesOf(" 203.0.113.7 \n\n2001:db8::/32\n")).toEqual(["203.0.113.7", "2001:db8::/32"]);
  expect(rangesOf("")).toEqual([]);
});
