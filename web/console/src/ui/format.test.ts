import { expect, it } from "vitest";

import { formatMoney, minorDigits } from "./format";

it("knows how many minor units a currency has", () => {
  expect(minorDigits("USD")).toBe(2);
  expect(minorDigits("JPY")).toBe(0);
  expect(minorDigits("KWD")).toBe(3);
});

it("shows minor units as money", () => {
  const digits = (text: string) => text.replaceAll(/\D/g, "");
  expect(digits(formatMoney(123456, "USD"))).toBe("123456");
  expect(digits(formatMoney(1234, "JPY"))).toBe("1234");
});
