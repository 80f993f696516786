import { Code, Divider, Paper, Stack, Text } from "@mantine/core";
import { QRCodeSVG } from "qrcode.react";

import type { StaffChallenge } from "../api/types";
import { CodeForm } from "./CodeForm";
import { type Answer, codeAnswer, passkeyAnswer } from "./factor";
import { PasskeyButton } from "./PasskeyButton";
import { createPasskey } from "./webauthn";

interface NewFactorProps {
  challenge: StaffChallenge;
  busy: boolean;
  onAnswer: (answer: Answer) => void;
}

/** Makes a second factor: a passkey, or an authenticator app that scans a code and shows one. */
export function NewFactor({ challenge, busy, onAnswer }: NewFactorProps) {
  const { enrol } = challenge;
  if (!enrol) return null;
  return (
    <Stack align="flex-start" w="100%">
      <Text>A password alone opens nothing here. Add a passkey, or an authenticator app on your phone.</Text>
      <PasskeyButton
        label="Create a passkey"
        busy={busy}
        ask={() => createPasskey(challenge)}
        onAnswer={(answer) => onAnswer(passkeyAnswer(challenge, answer))}
      />
      <Divider label="or" w="100%" />
      {/* Black on white whatever the colour scheme: cameras read it so. */}
      <Paper bg="white" p="sm">
        <QRCodeSVG value={enrol.totp_uri} size={176} title="QR code for an authenticator app" />
      </Paper>
      <Text size="sm">
        Scan this with the app, or type <Code data-testid="totp-secret">{enrol.totp_secret}</Code> into it.
      </Text>
      <CodeForm
        label="Code that the app shows now"
        description="Six digits that change every half minute."
        numeric
        busy={busy}
        onCode={(code) => onAnswer(codeAnswer(challenge, "totp", code))}
      />
    </Stack>
  );
}
