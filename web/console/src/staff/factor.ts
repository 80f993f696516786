import type { StaffChallenge } from "../api/types";
import type { PasskeyAnswer } from "./webauthn";

/** An answer to a challenge: a code, or what an authenticator signed. */
export type Answer = { challenge: string } & (
  { method: "totp" | "recovery"; code: string } | ({ method: "passkey"; name?: string } & PasskeyAnswer)
);

export const codeAnswer = ({ challenge }: StaffChallenge, method: "totp" | "recovery", code: string): Answer => ({
  challenge,
  method,
  code: code.trim(),
});

export const passkeyAnswer = ({ challenge }: StaffChallenge, answer: PasskeyAnswer, name?: string): Answer => ({
  challenge,
  method: "passkey",
  ...answer,
  ...(name ? { name } : {}),
});
