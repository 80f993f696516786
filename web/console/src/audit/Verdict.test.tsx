import { MantineProvider } from "@mantine/core";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";

import type { Checked } from "./proof";
import { SignerChanged } from "./SignerChanged";
import { Verdict } from "./Verdict";

const signer = "log.example/1+e733e5a9";
const valid: Checked = { signer, index: 4n, size: 7n, included: true, signature: "valid" };
const shown = (node: ReactNode) => renderToStaticMarkup(<MantineProvider>{node}</MantineProvider>);

it("calls verified only what is in the tree and signed by the key", () => {
  expect(shown(<Verdict checked={valid} />)).toContain("Verified in your browser");
  const others: Partial<Checked>[] = [
    { included: false },
    { signature: "wrong" },
    { signature: "no key" },
    { signature: "not supported" },
  ];
  for (const other of others) expect(shown(<Verdict checked={{ ...valid, ...other }} />)).not.toContain("Verified");
});

it("warns of a signer that is not the one that the browser knows", () => {
  const warning = (known: string) =>
    shown(<SignerChanged known={known} signer={signer} onBelieve={() => undefined} />).includes("not the log that");
  expect(warning(`${signer}+AepK`)).toBe(false);
  expect(warning(signer)).toBe(false);
  expect(warning("log.example/1+b32d0855")).toBe(true);
  expect(warning(`${signer}0`)).toBe(true);
});
