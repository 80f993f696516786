import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Session } from "./session";
import { FROM_SHOPIFY } from "./signInLink";

let calls: { path: string; headers: Record<string, string>; body: unknown }[];
let answer: () => Response;

const token = (value: string) => Response.json({ access_token: value, token_type: "Bearer", expires_in: 300 });

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  answer = () => token(`token-${calls.length}`);
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    calls.push({ path, headers: init.headers as Record<string, string>, body: init.body });
    return Promise.resolve(answer());
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("signs in by a link, or by the one that a cookie keeps for a browser that comes back from Shopify", async () => {
  const session = new Session();
  await session.signIn("a-link");
  await session.signIn(FROM_SHOPIFY);
  expect(calls.map(({ path, body }) => [path, body])).toEqual([
    ["/v1/sign-in", '{"link":"a-link"}'],
    ["/v1/sign-in", "{}"],
  ]);
  expect(calls[1]).toMatchObject({ headers: { "X-Cordon-Csrf": "1" } });
});

it("exchanges the cookie once for callers at the same time", async () => {
  const session = new Session();
  expect(await Promise.all([session.token(), session.token(), session.token()])).toEqual(Array(3).fill("token-1"));
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ path: "/v1/token", headers: { "X-Cordon-Csrf": "1" } });
});

it("renews before the token ends for whoever asks, and for nobody in a tab that is left alone", async () => {
  const session = new Session();
  await session.token();
  await vi.advanceTimersByTimeAsync(239_000);
  expect(await session.token()).toBe("token-1");
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(calls).toHaveLength(1);
  expect(await session.token()).toBe("token-2");
});

it("does not renew again for a refusal of a token that has been replaced since", async () => {
  const session = new Session();
  const old = await session.token();
  const fresh = await session.renew(old);
  expect(await session.renew(old)).toBe(fresh);
  expect(calls).toHaveLength(2);
});

it("goes on with a token that an answer has put in the place of the one before", async () => {
  const session = new Session();
  const old = await session.token();
  session.hold({ access_token: "replaced", expires_in: 300 });
  expect(await session.token()).toBe("replaced");
  expect(await session.renew(old)).toBe("replaced");
  expect(calls).toHaveLength(1);
});

it("passes on that the session has ended", async () => {
  answer = () => Response.json({ title: "Not signed in", code: "signed_out" }, { status: 401 });
  await expect(new Session().token()).rejects.toMatchObject({ status: 401, code: "signed_out" });
});

it("treats a session that has ended already as signed out", async () => {
  answer = () => Response.json({}, { status: 401 });
  await expect(new Session().signOut()).resolves.toBeUndefined();
});
