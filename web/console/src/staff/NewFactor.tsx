import { Divider, Stack, Text } from "@mantine/core";

import type { StaffChallenge } from "../api/types";
import { type Answer, codeAnswer, passkeyAnswer } from "./factor";
import { NewAuthenticator } from "./NewAuthenticator";
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
      <NewAuthenticator factor={enrol} busy={busy} onCode={(code) => onAnswer(codeAnswer(challenge, "totp", code))} />
    </Stack>
  );
}
