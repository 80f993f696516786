// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readConfig } from "../src/config";
import { keepIn } from "../src/keep";
import { Visits } from "../src/visit";
import { fakeStorage } from "./fakes";

const origin = encodeURIComponent(location.origin);
const vouched = "https://cordon.example/v1/widget/shopify-visits";
const plain = "https://cordon.example/v1/widget/visits";
const reply = (body: object, status = 200) => Promise.resolve(new Response(JSON.stringify(body), { status }));

/** What was asked, and what the shop's proxy and the server answer. */
let asked: { url: string; body: unknown }[];
let proxy: () => Promise<Response>;
let server: (url: string) => Promise<Response>;
let storage: Storage;

beforeEach(() => {
  asked = [];
  storage = fakeStorage();
  proxy = () => reply({ ticket: "from the proxy" });
  server = (url) => reply({ visitor_id: "v", visitor_secret: url === vouched ? "customer" : "stranger", ticket: "t" });
  vi.stubGlobal("fetch", (url: string, init: { body?: string }) => {
    asked.push({ url, body: init.body ? JSON.parse(init.body) : null });
    return url.startsWith("/") ? proxy() : server(url);
  });
});
afterEach(() => vi.unstubAllGlobals());

const page = (path: string | null = "/apps/assistant") =>
  new Visits(
    "https://cordon.example",
    "cotton",
    path,
    keepIn(() => storage),
  );
const urls = () => asked.splice(0).map(({ url }) => url);

test("the shop's proxy vouches for the shopper, and the visit is opened with its ticket", async () => {
  const visits = page();
  expect(visits.known).toBe(false);
  await visits.open();
  await visits.open();
  const ticket = { url: `/apps/assistant/ticket?origin=${origin}`, body: null };
  expect(asked).toEqual([
    ticket,
    { url: vouched, body: { ticket: "from the proxy" } },
    ticket,
    { url: vouched, body: { ticket: "from the proxy", visitor_secret: "customer" } },
  ]);
  expect(visits.known).toBe(true);
  visits.forget();
  expect(storage.length).toBe(0);
});

test("without a proxy nobody is asked", async () => {
  await page(null).open();
  expect(urls()).toEqual([plain]);
});

test.each([
  ["answers with an error", () => reply({}, 502)],
  ["answers with a page", () => Promise.resolve(new Response("<!doctype html>"))],
  ["answers with no ticket", () => reply({ ticket: 7 })],
  ["cannot be reached", () => Promise.reject(new TypeError("network"))],
])("a proxy that %s costs nothing but the customer's name", async (_, answer) => {
  proxy = answer;
  await page().open();
  expect(urls()).toEqual([`/apps/assistant/ticket?origin=${origin}`, plain]);
});

test("a ticket that the server does not take makes a stranger; a server that is away is asked again", async () => {
  const answer = server;
  server = (url) => (url === vouched ? reply({ code: "unauthenticated" }, 401) : answer(url));
  await page().open();
  expect(urls().slice(1)).toEqual([vouched, plain]);
  server = () => reply({}, 503);
  await expect(page().open()).rejects.toMatchObject({ status: 503 });
  expect(urls().slice(1)).toEqual([vouched]);
});

test("a stranger who signs in takes their words along", async () => {
  proxy = () => reply({}, 502);
  await page().open();
  asked = [];
  proxy = () => reply({ ticket: "from the proxy" });
  await page().open();
  expect(asked[1]?.body).toEqual({ ticket: "from the proxy", visitor_secret: "stranger" });
});

test("a page for which nobody vouches does not show what a customer said, but a lost connection does not part them", async () => {
  const visits = page();
  await visits.open();
  proxy = () => reply({}, 502);
  asked = [];
  await visits.open();
  expect(asked[1]?.body).toEqual({ shop: "cotton", visitor_secret: "customer" });
  asked = [];
  await page().open();
  expect(asked[1]?.body).toEqual({ shop: "cotton" });
});

test.each([
  ["/apps/assistant/", "/apps/assistant"],
  [" /apps/assistant ", "/apps/assistant"],
  ["", null],
  ["apps/assistant", null],
  ["//evil.example/apps", null],
  ["/\\evil.example/apps", null],
  ["https://evil.example", null],
])("of data-proxy=%j the page asks %j", (given, taken) => {
  const script = document.createElement("script");
  Object.assign(script.dataset, { shop: "cotton", proxy: given });
  script.setAttribute("src", "https://cordon.example/widget.js");
  document.head.replaceChildren(script);
  expect(readConfig(document)).toEqual({ shop: "cotton", base: "https://cordon.example", proxy: taken });
});
