import { afterEach, expect, test, vi } from "vitest";
import { Shop } from "../src/api";

afterEach(() => void vi.unstubAllGlobals());

function fake(answers: [number, object][]) {
  const asked: { url: string; body?: unknown; auth?: string }[] = [];
  vi.stubGlobal("fetch", (url: string, init: { body?: string; headers: Record<string, string> }) => {
    asked.push({
      url,
      ...(init.body ? { body: JSON.parse(init.body) as unknown } : {}),
      ...(init.headers.authorization ? { auth: init.headers.authorization } : {}),
    });
    const [status, body] = answers.shift()!;
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  const held = new Map<string, string>();
  const secrets = {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
  };
  return { asked, held, shop: new Shop("aurora", secrets) };
}

const visit = (token: string) => ({ visitor_secret: "s1", access_token: token });

test("is the same visitor as the chat", async () => {
  const { asked, held, shop } = fake([[200, visit("t1")]]);
  held.set("cordon:aurora", "s1");
  await shop.enter();
  expect(asked[0]!.body).toEqual({ shop: "aurora", visitor_secret: "s1" });
  expect(held.get("cordon:aurora")).toBe("s1");
});

test("a token that has expired is replaced once and the question asked again", async () => {
  const page = { items: [], next_cursor: null };
  const { asked, shop } = fake([
    [200, visit("t1")],
    [401, {}],
    [200, visit("t2")],
    [200, page],
  ]);
  await shop.enter();
  expect(await shop.products("blue & red", null)).toEqual(page);
  expect(asked.map((one) => one.auth ?? "visit")).toEqual(["visit", "Bearer t1", "visit", "Bearer t2"]);
  expect(asked[3]!.url).toBe("/v1/storefront/products?limit=24&query=blue+%26+red");
});

test("a secret that is no longer known is dropped", async () => {
  const { asked, held, shop } = fake([
    [401, {}],
    [200, { visitor_secret: "s2", access_token: "t" }],
  ]);
  held.set("cordon:aurora", "old");
  await shop.enter();
  expect(asked[1]!.body).toEqual({ shop: "aurora" });
  expect(held.get("cordon:aurora")).toBe("s2");
});

test("a closed shop is told apart", async () => {
  const { shop } = fake([[423, { detail: "suspended" }]]);
  await expect(shop.enter()).rejects.toMatchObject({ status: 423 });
});
