/// <reference types="node" />
import { webcrypto } from "node:crypto";

import { expect, it, vi } from "vitest";

import type { AuditEvent } from "../api/types";
import { fromHex, toHex, utf8 } from "./bytes";
import { commitmentOf } from "./commitment";
import { leafHash, rootOver } from "./merkle";
import { parseVerifierKey } from "./note";
import { check } from "./proof";

// Node.js 18 has it, but not as a global.
vi.stubGlobal("crypto", webcrypto);

// Made with Go's encoding/binary, crypto/sha256 and golang.org/x/mod/sumdb (tlog, note); the commitments once more with
// Python's struct and hashlib.
const event: AuditEvent = {
  event_id: "01926d3e-7b1c-7a55-8c1f-0a1b2c3d4e5f",
  at: "2026-03-01T12:34:56.789012Z",
  tenant_id: "11111111-2222-7333-8444-555555555555",
  subject_id: "66666666-7777-7888-9999-aaaaaaaaaaaa",
  session_id: "bbbbbbbb-cccc-7ddd-8eee-ffffffffffff",
  role: "owner",
  action: "merchant.change",
  resource: "/v1/merchant",
  method: "PATCH",
  status: 200,
  code: "",
  rows_out: 1,
  bytes_out: 70000,
  request_id: "01926d3e-7b1b-7000-8000-000000000001",
  address: "192.0.2.7",
  agent: "Zoë's browser",
  purpose: "",
  trace: "4bf92f3577b34da6a3ce929d0e0e4736",
  queries: "merchant.change:1a2b3c4d5e6f7081:1",
  detail: '{"name":{"before":"Harbour","after":"Zoë\'s"}}',
  salt: "00010203-0405-0607-0809-0a0b0c0d0eff",
};
const bare: AuditEvent = {
  ...event,
  event_id: "01926d3e-7b1d-7a55-8c1f-0a1b2c3d4e60",
  at: "1999-12-31T23:59:59.000001Z",
  tenant_id: null,
  subject_id: null,
  session_id: null,
  role: "",
  action: "request.unknown",
  resource: "/",
  method: "GET",
  status: 404,
  code: "not_found",
  rows_out: 0,
  bytes_out: 0,
  request_id: "01926d3e-7b1b-7000-8000-000000000002",
  agent: "curl",
  trace: "",
  queries: "",
  detail: "",
  salt: "f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff",
  closed: { address: "Y2xvc2VkIGFkZHJlc3M=", agent: "Y2xvc2VkIGFnZW50", detail: "" },
};
const key = "log.example/1+e733e5a9+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
const other = "log.example/1+b32d0855+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK";
const proof = `c2sp.org/tlog-proof@v1
index 4
XHPC3Fleb9qiz058mzEFc5T3J50aQP40ZdKt96+9v9g=
SEVjZ0eWNERk0yngxV2WqsaBhueDY3IRyd0qBlLEuD8=
mGgWF1/Shcj+b5mnRhFbKGuRUA3Ef1pAcYLqMMtNnog=

log.example/1
7
4/SM1p+DfvOTVGqNg24JefkNq3gjfm6q8zY/Qrpko1A=

\u2014 witness.example 8FgCWN4KEWCTczszAD4C0cDXMDeW9My9yIvo/HD67ktUVM9TIJEgj5O9jO32Sr80boZ15HSi4wbWa1pUHoAc3OhURwQ=
\u2014 log.example/1 5zPlqcCD2pFQUJgmaoFHHl0kwTEHC2LLdUI4aly8N2XmObw0f0k4naoTW8rW8oYkRFMcaKOex+DQZvNKKmBljJJQeAQ=
`;

it("commits to an event as PostgreSQL sends it", async () => {
  expect(toHex(await commitmentOf(event))).toBe("96ae77cd040e5ea233a564ed9fe444247770264c05da813361ee3fa2c0776096");
});

it("commits to what is stored closed, to nulls, and to times before 2000", async () => {
  expect(toHex(await commitmentOf(bare))).toBe("5a717f2c7d32737e21f8a0a1384d95fee43f3affaad829df70859f5d2df4838b");
});

// The leaves and roots that Certificate Transparency's reference implementation published for RFC 6962.
const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const roots = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
];

it("finds the roots of RFC 6962's trees", async () => {
  const [zero, one, two] = await Promise.all(leaves.map((leaf) => leafHash(fromHex(leaf))));
  if (!zero || !one || !two) throw new Error("three leaves");
  const of = async (...over: Parameters<typeof rootOver>) => toHex((await rootOver(...over)) ?? new Uint8Array());
  expect(await of(zero, 0n, 1n, [])).toBe(roots[0]);
  expect(await of(zero, 0n, 2n, [one])).toBe(roots[1]);
  expect(await of(one, 1n, 2n, [zero])).toBe(roots[1]);
  expect(await of(two, 2n, 3n, [fromHex(roots[1] ?? "")])).toBe(roots[2]);
  expect(await of(zero, 0n, 3n, [one, two])).toBe(roots[2]);
});

it("refuses paths that no tree of that size has", async () => {
  const leaf = await leafHash(utf8("a"));
  expect(await rootOver(leaf, 1n, 1n, [])).toBeNull();
  expect(await rootOver(leaf, 0n, 0n, [])).toBeNull();
  expect(await rootOver(leaf, 0n, 2n, [])).toBeNull();
  expect(await rootOver(leaf, 0n, 1n, [leaf])).toBeNull();
});

it("says that an event is in the log, and who signed it", async () => {
  expect(await check(event, proof, key)).toEqual({
    signer: "log.example/1+e733e5a9",
    index: 4n,
    size: 7n,
    included: true,
    signature: "valid",
  });
});

it("finds an event that is not what was logged", async () => {
  const changes: Partial<AuditEvent>[] = [
    { detail: `${event.detail} ` },
    { at: "2026-03-01T12:34:56.789013Z" },
    { subject_id: null },
    { closed: { address: "192.0.2.8" } },
    { salt: bare.salt },
  ];
  for (const change of changes) expect((await check({ ...event, ...change }, proof, key)).included).toBe(false);
  for (const [from, to] of [
    ["index 4", "index 5"],
    ["XHPC", "XHPD"],
    ["\n7\n", "\n4\n"],
  ] as const) {
    expect((await check(event, proof.replace(from, to), key)).included).toBe(false);
  }
});

it("finds a checkpoint that the key did not sign, and does not pass one off as checked without the key", async () => {
  expect((await check(event, proof.replace("\n7\n", "\n8\n"), key)).signature).toBe("wrong");
  expect((await check(event, proof.replace("5zPlqcCD", "5zPlqcCE"), key)).signature).toBe("wrong");
  for (const unknown of ["", "log.example/1+e733e5a9", other]) {
    expect((await check(event, proof, unknown)).signature).toBe("no key");
  }
});

it("refuses what is no proof", async () => {
  const bad = [
    "",
    proof.replace("@v1", "@v2"),
    proof.replace("index 4", "index 04"),
    proof.replace("v9g=", "v9g"),
    proof.replace("\n\n", "\n"),
    proof.replace("\u2014 log.example/1", "\u2014 log.example/2"),
    proof.slice(0, -1),
  ];
  for (const text of bad) await expect(check(event, text, key), text).rejects.toThrow("tlog-proof");
});

it("reads a key only if it has the id that it says", async () => {
  expect(await parseVerifierKey(key)).toMatchObject({ name: "log.example/1", id: "e733e5a9" });
  expect(await parseVerifierKey(key.replace("e733e5a9", "e733e5a8"))).toBeNull();
  expect(await parseVerifierKey(key.replace("+Aep", "+Bep"))).toBeNull();
  expect(await parseVerifierKey("log.example/1+e733e5a9")).toBeNull();
});
