// Staff in a real browser: invitation, passkey and authenticator app, step-up, and what an ended session may. The passkeys
// are Chromium's own virtual authenticator, the codes are oathtool's.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { seriousFaults, shot } from './browser.mjs';
import { accept, authenticator, browser, colleague, invite, password, signedIn } from './staff.mjs';
import { world } from './world.mjs';

/** What an authenticator app shows that has `secret`, by Debian's oathtool; `steps` half minutes from now. */
async function code(secret, steps = 0) {
  const at = Math.floor(Date.now() / 1000) + 30 * steps;
  return (await promisify(execFile)('oathtool', ['--totp', '-b', secret, '-N', `@${at}`])).stdout.trim();
}

async function signIn(page, email) {
  await page.goto(`${world.server.origin}/console/staff/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
}

test('an invited administrator makes a passkey, signs in with it, and invites a colleague', async () => {
  const { context, page, faults } = await browser();
  const key = await authenticator(page);
  const email = 'boss@staff.example';
  await page.goto(await invite(email, 'administrator'));
  assert.doesNotMatch(page.url(), /#/, 'the secret is gone from the address');
  await page.getByLabel('New password').fill('1q2w3e4r5t6y');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('known from a breach').waitFor();
  await shot(page, 'staff-accept');
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('button', { name: 'Create a passkey' }).waitFor();
  await shot(page, 'staff-second-factor');
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await page.getByTestId('recovery-codes').waitFor();
  assert.equal(await page.getByTestId('recovery-codes').locator('code').count(), 10);
  await shot(page, 'staff-recovery-codes');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await signedIn(page, email);
  await shot(page, 'staff-account');
  assert.deepEqual(await seriousFaults(page), []);

  await page.getByTestId('sign-out').click();
  await page.getByRole('heading', { name: 'Sign in with your link' }).waitFor();
  await signIn(page, email);
  await shot(page, 'staff-one-more-step');
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await signedIn(page, email);
  await page.getByLabel('E-mail of a new colleague').fill('new@staff.example');
  await page.getByRole('button', { name: 'Invite' }).click();
  assert.match(await page.getByTestId('invitation').innerText(), /\/console\/staff\/accept#/);
  assert.equal(await page.getByTestId('colleague').filter({ hasText: 'new@staff.example' }).count(), 1);

  // The end of a shop's keys is asked for here, and approved by somebody else.
  await page.getByLabel('Shop whose keys are to end').fill('aurora');
  await page.getByLabel('Why').fill('The shop has left us and wants nothing kept.');
  await page.getByRole('button', { name: 'Ask for the end' }).click();
  const asked = page.getByTestId('key-destruction');
  await asked.getByText('Waits for a second person').waitFor();
  assert.equal(await asked.getByRole('button', { name: 'Approve' }).count(), 0);
  const second = await browser();
  await authenticator(second.page);
  await accept(second.page, await invite('second@staff.example', 'security'));
  await second.page.getByRole('button', { name: 'Create a passkey' }).click();
  await second.page.getByRole('button', { name: 'I have kept them' }).click();
  const found = second.page.getByTestId('key-destruction');
  await found.getByRole('button', { name: 'Approve' }).click();
  await found.getByRole('button', { name: 'Yes, approve' }).click();
  await found.getByText('Approved', { exact: true }).waitFor();
  await shot(second.page, 'staff-key-destruction');
  assert.deepEqual(await seriousFaults(second.page), []);
  await page.reload();
  await asked.getByRole('button', { name: 'Withdraw' }).click();
  await asked.getByText('Withdrawn', { exact: true }).waitFor();
  assert.deepEqual(second.faults, []);
  await second.context.close();

  // A copy whose counter is behind is refused; the key itself is not.
  await page.getByTestId('sign-out').click();
  await page.getByRole('heading', { name: 'Sign in with your link' }).waitFor();
  const [credential] = await key.credentials();
  await key.setCount(credential, 0);
  await signIn(page, email);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByText("This passkey's answer does not hold").waitFor();
  await key.setCount(credential, credential.signCount + 10);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await signedIn(page, email);
  assert.deepEqual(faults, []);
  await context.close();
});

test('a colleague with an authenticator app gets in by its codes and by a recovery code, each once', async () => {
  const { context, page, faults } = await browser();
  const email = 'ann@staff.example';
  await accept(page, await invite(email, 'support'));
  const secret = await page.getByTestId('totp-secret').innerText();
  await page.getByLabel('Code that the app shows now').fill(await code(secret, -1));
  await page.getByRole('button', { name: 'Continue' }).click();
  const recovery = await page.getByTestId('recovery-codes').locator('code').first().innerText();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await signedIn(page, email);
  assert.equal(await page.getByRole('region', { name: 'Staff' }).count(), 0, 'support invites nobody');
  await page.goto(`${world.server.origin}/console/`);
  await signedIn(page, email);

  const shown = await code(secret);
  await signIn(page, email);
  await page.getByLabel('Code from your authenticator app').fill(shown);
  await page.getByRole('button', { name: 'Continue' }).click();
  await signedIn(page, email);
  await signIn(page, email);
  await page.getByLabel('Code from your authenticator app').fill(shown);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('was used already').waitFor();
  await page.getByRole('button', { name: 'Use a recovery code instead' }).click();
  await page.getByLabel('Recovery code').fill(recovery);
  await page.getByRole('button', { name: 'Continue' }).click();
  await signedIn(page, email);
  await page.getByText('9 recovery codes are left').waitFor();

  // A passkey beside the app: added after a fresh proof, removed again, and the app stays.
  await authenticator(page);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByTestId('passkey').waitFor();
  await page.getByRole('button', { name: 'Remove Passkey 1' }).click();
  await page.getByText('None yet.').waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test('somebody replaces their authenticator app, their recovery codes and their password by themselves', async () => {
  const { context, page, faults } = await browser();
  const email = 'eve@staff.example';
  await accept(page, await invite(email, 'auditor'));
  const old = await page.getByTestId('totp-secret').innerText();
  await page.getByLabel('Code that the app shows now').fill(await code(old));
  await page.getByRole('button', { name: 'Continue' }).click();
  const oldCode = await page.getByTestId('recovery-codes').locator('code').first().innerText();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await signedIn(page, email);

  await page.getByRole('button', { name: 'Replace the app' }).click();
  const secret = await page.getByTestId('totp-secret').innerText();
  await shot(page, 'staff-new-app');
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByLabel('Code that the app shows now').fill('abcdef');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('This is not the code').waitFor();
  await page.getByLabel('Code that the app shows now').fill(await code(secret));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('The new app is set up.').waitFor();

  await page.getByRole('button', { name: 'Make ten new ones' }).click();
  const recovery = await page.getByTestId('recovery-codes').locator('code').first().innerText();
  await shot(page, 'staff-new-recovery-codes');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('10 recovery codes are left').waitFor();

  // Another browser is signed in by the new app's code; it is out when the password changes, this one is not.
  const other = await browser();
  await signIn(other.page, email);
  await other.page.getByLabel('Code from your authenticator app').fill(await code(secret, 1));
  await other.page.getByRole('button', { name: 'Continue' }).click();
  await signedIn(other.page, email);
  const changed = 'seven marmalades at noon';
  await page.getByLabel('Present password').fill('not this one');
  await page.getByLabel('New password').fill(changed);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('This is not your present password').waitFor();
  await page.getByLabel('Present password').fill(password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('Every other session has ended').waitFor();
  await shot(page, 'staff-own-account');
  assert.deepEqual(await seriousFaults(page), []);
  await page.reload();
  await signedIn(page, email);
  await other.page.reload();
  await other.page.getByLabel('E-mail').waitFor();

  // The old password, app and codes open nothing; a new code does.
  const { page: next } = other;
  const enter = async (word) => {
    await next.getByLabel('E-mail').fill(email);
    await next.getByLabel('Password', { exact: true }).fill(word);
    await next.getByRole('button', { name: 'Continue' }).click();
  };
  await enter(password);
  await next.getByText('The address or the password is wrong').waitFor();
  await enter(changed);
  await next.getByRole('button', { name: 'Use a recovery code instead' }).click();
  for (const [given, text] of [[oldCode, 'This code does not hold'], [recovery, email]]) {
    await next.getByLabel('Recovery code').fill(given);
    await next.getByRole('button', { name: 'Continue' }).click();
    await next.getByText(text).waitFor();
  }
  assert.deepEqual([...faults, ...other.faults], []);
  await other.context.close();
  await context.close();
});

test('a second factor shown again gives the session new tokens, and every tab of the browser goes on', async () => {
  const email = 'again@staff.example';
  const { context, page, faults } = await colleague(email, 'auditor');
  const tab = await context.newPage();
  await tab.goto(`${world.server.origin}/console/staff`);
  await signedIn(tab, email);
  const cookie = async () => (await context.cookies()).find(({ name }) => name === '__Host-cordon_session').value;
  const before = await cookie();
  // As if the factor had been shown more than five minutes ago.
  const again = { title: 'Again', status: 403, code: 'step_up_required', detail: 'Prove it again.' };
  await page.route('**/v1/staff/recovery-codes', (route) => route.fulfill({ status: 403, json: again }), { times: 1 });
  await page.getByRole('button', { name: 'Make ten new ones' }).click();
  await page.getByRole('dialog', { name: 'Is it still you?' }).getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByTestId('recovery-codes').waitFor();
  assert.notEqual(await cookie(), before);
  await tab.getByRole('button', { name: 'Make ten new ones' }).click();
  await tab.getByTestId('recovery-codes').waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test('an administrator sees where a colleague is signed in, and ends one session, then all of them', async () => {
  const head = await browser();
  await authenticator(head.page);
  await accept(head.page, await invite('head@staff.example', 'administrator'));
  await head.page.getByRole('button', { name: 'Create a passkey' }).click();
  await head.page.getByRole('button', { name: 'I have kept them' }).click();
  await signedIn(head.page, 'head@staff.example');

  const email = 'kim@staff.example';
  const desk = await browser();
  await accept(desk.page, await invite(email, 'support'));
  const secret = await desk.page.getByTestId('totp-secret').innerText();
  await desk.page.getByLabel('Code that the app shows now').fill(await code(secret, -1));
  await desk.page.getByRole('button', { name: 'Continue' }).click();
  await desk.page.getByRole('button', { name: 'I have kept them' }).click();
  await signedIn(desk.page, email);
  const phone = await browser({ userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1' });
  await signIn(phone.page, email);
  await phone.page.getByLabel('Code from your authenticator app').fill(await code(secret));
  await phone.page.getByRole('button', { name: 'Continue' }).click();
  await signedIn(phone.page, email);

  await head.page.reload();
  await head.page.getByRole('button', { name: `Sessions of ${email}` }).click();
  const sessions = head.page.getByRole('region', { name: `Sessions of ${email}` });
  const rows = sessions.getByTestId('session-row');
  const theirs = rows.filter({ hasText: 'Safari on iPhone' });
  await theirs.getByText(/127\.0\.0\.1|::1/).waitFor();
  assert.equal(await rows.count(), 2);
  assert.equal(await sessions.locator('[data-current=true]').count(), 0, 'none of them is the administrator\'s own');
  await shot(head.page, 'staff-colleague-sessions');
  assert.deepEqual(await seriousFaults(head.page), []);
  await theirs.getByRole('button', { name: /Sign out/ }).click();
  await theirs.waitFor({ state: 'detached' });
  await phone.page.reload();
  await phone.page.getByRole('heading', { name: 'Staff sign-in' }).waitFor();
  await desk.page.reload();
  await signedIn(desk.page, email);

  await sessions.getByRole('button', { name: 'Sign out everywhere' }).click();
  await sessions.getByText('Nowhere.').waitFor();
  await desk.page.reload();
  await desk.page.getByRole('heading', { name: 'Staff sign-in' }).waitFor();
  await head.page.reload();
  await signedIn(head.page, 'head@staff.example');
  assert.deepEqual([...head.faults, ...desk.faults, ...phone.faults], []);
  for (const { context } of [head, desk, phone]) await context.close();
});

test('an invitation works once, and its page says so in words the second time', async () => {
  const { context, page } = await browser();
  const link = await invite('once@staff.example', 'auditor');
  await accept(page, link);
  await page.goto(`${world.server.origin}/console/staff/sign-in`);
  await page.goto(link);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('This link was used or is too old').waitFor();
  // Whoever left before the second factor goes on where they were.
  await page.goto(`${world.server.origin}/console/staff/sign-in`);
  await page.getByLabel('E-mail').fill('once@staff.example');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Add a second factor' }).waitFor();
  await context.close();
});
