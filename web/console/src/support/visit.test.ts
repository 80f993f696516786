import { expect, it } from "vitest";

import { grantOf, shopOf } from "./visit";

const GRANT = "0197b4a2-8a1c-7000-8000-1234567890ab";

it("knows a tab that is in a shop by its address, on every page of it", () => {
  expect(grantOf(shopOf(GRANT))).toBe(GRANT);
  expect(grantOf(`/console/support/${GRANT}`)).toBe(GRANT);
  expect(grantOf(`/console/support/${GRANT}/settings`)).toBe(GRANT);
});

it("takes no other address for one", () => {
  for (const path of [
    "/console/",
    "/console/staff",
    "/console/support/",
    `/console/support/${GRANT}0`,
    `/x/support/${GRANT}/`,
  ])
    expect(grantOf(path)).toBeNull();
});
