import { expect, it } from "vitest";

import { fillDays } from "./fillDays";

const day = (name: string, revenue_minor = 100) => ({
  day: name,
  orders: 1,
  revenue_minor,
  attributed_orders: 0,
  attributed_revenue_minor: 0,
});

it("shows days without orders as zero, across the end of a month", () => {
  const days = fillDays([day("2026-02-28")], 3, new Date("2026-03-01T23:59:59Z"));
  expect(days.map((each) => [each.day, each.revenue_minor])).toEqual([
    ["2026-02-27", 0],
    ["2026-02-28", 100],
    ["2026-03-01", 0],
  ]);
});

it("ends with the server's newest day when its calendar is ahead of ours", () => {
  const days = fillDays([day("2026-03-02")], 2, new Date("2026-03-01T23:59:59Z"));
  expect(days.map((each) => each.day)).toEqual(["2026-03-01", "2026-03-02"]);
});

it("leaves a full range as it is", () => {
  const days = [day("2026-03-01"), day("2026-03-02")];
  expect(fillDays(days, 2, new Date())).toBe(days);
});
