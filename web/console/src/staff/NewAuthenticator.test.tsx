import { MantineProvider } from "@mantine/core";
import { QRCodeSVG } from "qrcode.react";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";

import { NewAuthenticator } from "./NewAuthenticator";

const uri = "otpauth://totp/Cordon:ann%40staff.example?secret=JBSWY3DPEHPK3PXP&issuer=Cordon";
const factor = { totp_secret: "JBSWY3DPEHPK3PXP", totp_uri: uri, user_id: "AAAA", email: "ann@staff.example" };

/** What is drawn: a QR code's modules are one path of it. */
const paths = (node: ReactNode) =>
  [...renderToStaticMarkup(<MantineProvider>{node}</MantineProvider>).matchAll(/ d="([^"]*)"/g)].map((path) => path[1]);

it("draws the whole otpauth URI as the QR code: an app that scans less of it has no issuer or no secret", () => {
  const shown = paths(<NewAuthenticator factor={factor} busy={false} onCode={() => undefined} />);
  expect(paths(<QRCodeSVG value={uri} />)).toHaveLength(2);
  expect(shown).toEqual(expect.arrayContaining(paths(<QRCodeSVG value={uri} />)));
  expect(shown).not.toEqual(expect.arrayContaining(paths(<QRCodeSVG value={factor.totp_secret} />)));
});
