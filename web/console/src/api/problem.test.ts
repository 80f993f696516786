import { expect, it } from "vitest";

import { isTransient, problemFrom, retryAfterMs } from "./problem";

it("reads a problem document", async () => {
  const response = Response.json(
    { title: "Busy", detail: "Try later.", code: "overload", request_id: "r1" },
    { status: 503, headers: { "Retry-After": "2" } },
  );
  const problem = await problemFrom(response);
  expect(problem).toMatchObject({ title: "Busy", detail: "Try later.", code: "overload", requestId: "r1" });
  expect(isTransient(problem)).toBe(true);
  expect(retryAfterMs(0, problem)).toBe(2000);
});

it("makes an error of an answer that is no problem document", async () => {
  const problem = await problemFrom(new Response("<html>", { status: 502, statusText: "Bad Gateway" }));
  expect(problem).toMatchObject({ status: 502, title: "Bad Gateway", code: "unknown" });
});

it("does not knock again at a service that was stopped on purpose", async () => {
  expect(isTransient(await problemFrom(Response.json({ code: "stopped" }, { status: 503 })))).toBe(false);
});
