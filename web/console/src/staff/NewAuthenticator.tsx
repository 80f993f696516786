import { Code, Paper, Text } from "@mantine/core";
import { QRCodeSVG } from "qrcode.react";

import type { StaffChallenge } from "../api/types";
import { CodeForm } from "./CodeForm";

interface NewAuthenticatorProps {
  factor: NonNullable<StaffChallenge["enrol"]>;
  busy: boolean;
  onCode: (code: string) => void;
}

/** Sets up an authenticator app: it scans a code, and shows one. */
export function NewAuthenticator({ factor, busy, onCode }: NewAuthenticatorProps) {
  return (
    <>
      {/* Black on white whatever the colour scheme: cameras read it so. */}
      <Paper bg="white" p="sm">
        <QRCodeSVG value={factor.totp_uri} size={176} title="QR code for an authenticator app" />
      </Paper>
      <Text size="sm">
        Scan this with the app, or type <Code data-testid="totp-secret">{factor.totp_secret}</Code> into it.
      </Text>
      <CodeForm
        label="Code that the app shows now"
        description="Six digits that change every half minute."
        numeric
        busy={busy}
        onCode={onCode}
      />
    </>
  );
}
