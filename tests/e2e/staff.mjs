// Staff and what they come with: a browser, an authenticator, an invitation.
import { profile } from './browser.mjs';
import { operate, world } from './world.mjs';

export const password = 'marmalade at seven';

export async function browser(options = {}) {
  const { context, faults } = await profile(world.browser, options);
  const page = await context.newPage();
  return { context, page, faults };
}

/** An authenticator that holds passkeys and verifies its user, plugged into the page. */
export async function authenticator(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    /** Puts a credential's counter back, as in a copy that was made before. */
    setCount: async (credential, signCount) => {
      await session.send('WebAuthn.removeCredential', { authenticatorId, credentialId: credential.credentialId });
      await session.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount } });
    },
  };
}

export const invite = async (email, role) => (await operate('staff', 'invite', email, role)).trim();

/** Opens an invitation and chooses a password; the page then asks for a second factor. */
export async function accept(page, link) {
  await page.goto(link);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('heading', { name: 'Add a second factor' }).waitFor();
}

export const signedIn = (page, email) => page.getByRole('heading', { name: email }).waitFor();

/** Somebody new of the staff, signed in with a passkey. */
export async function colleague(email, role) {
  const opened = await browser();
  const { page } = opened;
  await authenticator(page);
  await accept(page, await invite(email, role));
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await signedIn(page, email);
  return opened;
}
