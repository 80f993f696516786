import type { StaffChallenge } from "../api/types";

/** What an authenticator answered, as the server takes it. */
export interface PasskeyAnswer {
  credential_id: string;
  client_data: string;
  authenticator_data: string;
  signature?: string;
}

export function toBase64Url(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

const known = (challenge: StaffChallenge): PublicKeyCredentialDescriptor[] =>
  challenge.passkey.credentials.map((id) => ({ type: "public-key", id: fromBase64Url(id) }));

/** Has an authenticator make a passkey for this account. The server verifies what comes back. */
export async function createPasskey(challenge: StaffChallenge): Promise<PasskeyAnswer> {
  const { enrol } = challenge;
  if (!enrol) throw new Error("this challenge asks for no new passkey");
  const made = (await navigator.credentials.create({
    publicKey: {
      challenge: fromBase64Url(challenge.challenge),
      rp: { id: challenge.passkey.rp_id, name: "Cordon" },
      user: { id: fromBase64Url(enrol.user_id), name: enrol.email, displayName: enrol.email },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: known(challenge),
      authenticatorSelection: { userVerification: "required" },
      attestation: "none",
    },
  })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    credential_id: toBase64Url(made.rawId),
    client_data: toBase64Url(response.clientDataJSON),
    authenticator_data: toBase64Url(response.getAuthenticatorData()),
  };
}

/** Has one of the account's passkeys sign the challenge. */
export async function askPasskey(challenge: StaffChallenge): Promise<PasskeyAnswer> {
  const got = (await navigator.credentials.get({
    publicKey: {
      challenge: fromBase64Url(challenge.challenge),
      rpId: challenge.passkey.rp_id,
      allowCredentials: known(challenge),
      userVerification: "required",
    },
  })) as PublicKeyCredential;
  const response = got.response as AuthenticatorAssertionResponse;
  return {
    credential_id: toBase64Url(got.rawId),
    client_data: toBase64Url(response.clientDataJSON),
    authenticator_data: toBase64Url(response.authenticatorData),
    signature: toBase64Url(response.signature),
  };
}
