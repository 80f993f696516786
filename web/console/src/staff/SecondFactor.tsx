import { Anchor, Divider, Stack } from "@mantine/core";
import { useState } from "react";

import type { StaffChallenge } from "../api/types";
import { CodeForm } from "./CodeForm";
import { type Answer, codeAnswer, passkeyAnswer } from "./factor";
import { PasskeyButton } from "./PasskeyButton";
import { askPasskey } from "./webauthn";

interface SecondFactorProps {
  challenge: StaffChallenge;
  busy: boolean;
  onAnswer: (answer: Answer) => void;
}

/** Asks for one of the second factors that the account has. */
export function SecondFactor({ challenge, busy, onAnswer }: SecondFactorProps) {
  const has = (method: StaffChallenge["methods"][number]) => challenge.methods.includes(method);
  const [recovering, setRecovering] = useState(false);
  if (recovering) {
    return (
      <CodeForm
        label="Recovery code"
        description="One of the ten you wrote down. Each works once."
        numeric={false}
        busy={busy}
        onCode={(code) => onAnswer(codeAnswer(challenge, "recovery", code))}
      />
    );
  }
  return (
    <Stack align="flex-start" w="100%">
      {has("passkey") && (
        <PasskeyButton
          label="Use a passkey"
          busy={busy}
          ask={() => askPasskey(challenge)}
          onAnswer={(answer) => onAnswer(passkeyAnswer(challenge, answer))}
        />
      )}
      {has("passkey") && has("totp") && <Divider label="or" w="100%" />}
      {has("totp") && (
        <CodeForm
          label="Code from your authenticator app"
          description="Six digits that change every half minute."
          numeric
          busy={busy}
          onCode={(code) => onAnswer(codeAnswer(challenge, "totp", code))}
        />
      )}
      {has("recovery") && (
        <Anchor component="button" type="button" size="sm" onClick={() => setRecovering(true)}>
          Use a recovery code instead
        </Anchor>
      )}
    </Stack>
  );
}
