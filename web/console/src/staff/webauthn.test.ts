import { expect, it } from "vitest";

import { fromBase64Url, toBase64Url } from "./webauthn";

it("writes bytes as base64url without padding, and reads them again", () => {
  const bytes = Uint8Array.from([251, 255, 254, 0, 1]);
  expect(toBase64Url(bytes.buffer)).toBe("-__-AAE");
  expect([...fromBase64Url("-__-AAE")]).toEqual([...bytes]);
  expect(toBase64Url(new ArrayBuffer(0))).toBe("");
});
