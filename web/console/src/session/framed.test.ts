import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { byAppBridge } from "./framed";
import { Session } from "./session";

let asked: { path: string; bearer: string; content: unknown }[];
let status: number;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  status = 200;
  let shown = 0;
  vi.stubGlobal("window", { shopify: { idToken: () => Promise.resolve(`shown-${(shown += 1)}`) } });
  vi.stubGlobal("fetch", (path: string, init: RequestInit & { headers: Record<string, string>; body: string }) => {
    asked.push({ path, bearer: init.headers.Authorization ?? "", content: JSON.parse(init.body) });
    const token = { access_token: `token-${asked.length}`, token_type: "Bearer", expires_in: 300, session_id: "mine" };
    return Promise.resolve(Response.json(token, { status }));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("opens one session, and goes on with it a minute before each access token ends", async () => {
  const session = new Session(byAppBridge());
  expect(await Promise.all([session.token(), session.token()])).toEqual(["token-1", "token-1"]);
  await vi.advanceTimersByTimeAsync(239_000);
  expect(await session.token()).toBe("token-1");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await session.token()).toBe("token-2");
  expect(asked).toEqual([
    { path: "/v1/shopify/session", bearer: "Bearer shown-1", content: {} },
    { path: "/v1/shopify/token", bearer: "Bearer shown-2", content: { session_id: "mine" } },
  ]);
});

it("opens no other session after the one that has ended", async () => {
  const session = new Session(byAppBridge());
  await session.token();
  status = 401;
  await expect(session.renew()).rejects.toMatchObject({ status: 401 });
  await expect(session.token()).rejects.toMatchObject({ status: 401 });
  expect(asked.map(({ path }) => path)).toEqual(["/v1/shopify/session", "/v1/shopify/token", "/v1/shopify/token"]);
});

it("says so where App Bridge is missing", async () => {
  vi.stubGlobal("window", {});
  await expect(new Session(byAppBridge()).token()).rejects.toThrow("App Bridge");
});
