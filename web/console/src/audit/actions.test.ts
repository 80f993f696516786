/// <reference types="node" />
import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { actionName, groupedActions } from "./actions";

it("has every action of the server's table (npm test -- --update)", async () => {
  const table = readFileSync(new URL("../../../../src/door/audit_action.h", import.meta.url), "utf8");
  const rows = [...table.matchAll(/\{"([a-z.-]+)", EventKind::\w+,\s+"([^"]+)"\}/g)].map((row) => [row[1], row[2]]);
  expect(rows).toHaveLength(Number(/ActionInfo, (\d+)>/.exec(table)?.[1]));
  await expect(`${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`).toMatchFileSnapshot("actions.json");
});

it("offers actions below what they are about, and names those it does not know", () => {
  const keys = groupedActions.find(({ group }) => group === "key");
  expect(keys?.items).toContainEqual({ value: "key.rotate", label: "a shop, or the KMS, got a new key" });
  expect(actionName("key.rotate")).toBe("A shop, or the KMS, got a new key");
  expect(actionName("moon.landing")).toBe("moon.landing");
});
