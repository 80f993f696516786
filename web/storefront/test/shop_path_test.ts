import { expect, test } from "vitest";
import { shopOf } from "../src/shop_path";

test("reads the shop from the address", () => {
  expect(shopOf("/shops/aurora/")).toBe("aurora");
  expect(shopOf("/shops/aurora/index.html")).toBe("aurora");
  expect(shopOf("/shops/aurora.myshopify.com/")).toBe("aurora.myshopify.com");
  expect(shopOf("/shops/")).toBeNull();
  expect(shopOf("/shops/%/")).toBeNull();
});
