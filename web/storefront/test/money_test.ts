import { expect, test } from "vitest";
import { money, priceOf } from "../src/money";

test("reads minor units by the currency's own digits", () => {
  expect(money(1999, "EUR", "en")).toBe("€19.99");
  expect(money(1999, "JPY", "en")).toBe("¥1,999");
  expect(money(1999, "KWD", "en")).toMatch(/1\.999/);
});

test("an unknown currency is still a price", () => {
  expect(money(1999, "nonsense", "en")).toBe("19.99 nonsense");
});

test("a range only where there is one", () => {
  expect(priceOf({ price_min_minor: 500, price_max_minor: 500, currency: "USD" }, "en")).toBe("$5.00");
  expect(priceOf({ price_min_minor: 500, price_max_minor: 750, currency: "USD" }, "en")).toBe("$5.00 – $7.50");
});
