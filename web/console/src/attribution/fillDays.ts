import type { AttributionDay } from "../api/types";

const DAY_MS = 24 * 60 * 60 * 1000;

/** The last `count` calendar days up to `until` (UTC), with a zero for each that the server had nothing to say about. */
export function fillDays(known: AttributionDay[], count: number, until: Date): AttributionDay[] {
  if (known.length >= count) return known;
  const byDay = new Map(known.map((day) => [day.day, day]));
  const last = Math.max(Date.parse(until.toISOString().slice(0, 10)), ...known.map(({ day }) => Date.parse(day)));
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(last - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return byDay.get(day) ?? { day, orders: 0, revenue_minor: 0, attributed_orders: 0, attributed_revenue_minor: 0 };
  });
}
