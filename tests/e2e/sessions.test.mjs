// Where people are signed in: the list, ending one, ending all, and what becomes of a cookie that was copied.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profile, seriousFaults, shot } from './browser.mjs';
import { merchant, world } from './world.mjs';

const signedOut = (page) => page.getByRole('heading', { name: 'Sign in with your link' });

test('an owner sees where the shop is signed in, and ends a session that is not theirs', async () => {
  const here = await merchant('pinecrest', 'settings');
  const there = await merchant('pinecrest', '', { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1' });
  await here.page.reload();
  const rows = here.page.getByTestId('session-row');
  await rows.first().waitFor();
  assert.equal(await here.page.locator('[data-testid=session-row][data-current=true]').count(), 1);
  const phone = rows.filter({ hasText: 'Safari on iPhone' });
  await phone.getByText(/127\.0\.0\.1|::1/).waitFor();
  await shot(here.page, 'sessions');
  assert.deepEqual(await seriousFaults(here.page), []);
  await phone.getByRole('button', { name: /Sign out/ }).click();
  await phone.waitFor({ state: 'detached' });
  await signedOut(there.page).waitFor();
  for (const { context } of [here, there]) await context.close();
});

test('signing out everywhere ends one\'s own sessions, not a colleague\'s', async () => {
  const here = await merchant('pinecrest', 'settings'), colleague = await merchant('pinecrest');
  await here.page.getByRole('button', { name: 'Sign me out everywhere' }).click();
  await signedOut(here.page).waitFor();
  await colleague.page.reload();
  await colleague.page.getByTestId('sign-out').waitFor();
  for (const { context } of [here, colleague]) await context.close();
});

test('a cookie that was copied ends the session for both, once both have used it', async () => {
  const owner = await merchant('aurora');
  const thief = await profile(world.browser, { storageState: await owner.context.storageState() });
  const renew = (context) =>
    context.request.post(`${world.server.origin}/v1/token`, { data: {}, headers: { 'X-Cordon-Csrf': '1' } }).then((answer) => answer.status());
  assert.equal(await renew(thief.context), 200);
  assert.equal(await renew(thief.context), 200, 'the thief goes on with what it got');
  assert.equal(await renew(owner.context), 401, 'the owner comes with what was used: one of them is not who it was given to');
  assert.equal(await renew(thief.context), 401);
  for (const { context } of [owner, thief]) await context.close();
});
