import { expect, test } from "vitest";
import { Backoff } from "../src/backoff";

test("doubles its ceiling up to half a minute", () => {
  const backoff = new Backoff(() => 1);
  const delays = Array.from({ length: 8 }, () => backoff.next());
  expect(delays).toEqual([1300, 2300, 4300, 8300, 16300, 30300, 30300, 30300]);
});

test("never comes back at once, and spreads over the whole ceiling", () => {
  expect(new Backoff(() => 0).next()).toBe(300);
  const some = new Backoff(Math.random);
  for (let i = 0; i < 50; i++) expect(some.next()).toBeGreaterThanOrEqual(300);
});

test("starts over after a reset", () => {
  const backoff = new Backoff(() => 1);
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(1300);
});
