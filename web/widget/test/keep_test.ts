import { expect, test } from "vitest";
import { keepIn } from "../src/keep";
import { fakeStorage } from "./fakes";

test("remembers in memory when the browser forbids storage", () => {
  const keep = keepIn(() => {
    throw new DOMException("denied", "SecurityError");
  });
  keep.set("a", "1");
  expect(keep.get("a")).toBe("1");
  keep.remove("a");
  expect(keep.get("a")).toBeNull();
});

test("remembers in memory when storage is full", () => {
  const full = fakeStorage();
  full.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const keep = keepIn(() => full);
  keep.set("a", "1");
  expect(keep.get("a")).toBe("1");
});

test("sees what another tab has written", () => {
  const storage = fakeStorage();
  const keep = keepIn(() => storage);
  keep.set("a", "1");
  storage.setItem("a", "2");
  expect(keep.get("a")).toBe("2");
});
