import { expect, it } from "vitest";

import { changes } from "./changes";

const settings = { name: "Harbour", assistant_name: "Coral", greeting: "Hello", attribution_days: 7 };

it("sends only what differs", () => {
  expect(changes(settings, { ...settings, greeting: "Hi", attribution_days: 14 })).toEqual({
    greeting: "Hi",
    attribution_days: 14,
  });
});
