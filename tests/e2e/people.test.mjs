// The shop's people in the console: an owner invites somebody, lets them in again, says what they may, and lets them go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profile, seriousFaults, shot, still } from './browser.mjs';
import { merchant, world } from './world.mjs';

test('an owner invites somebody, whose link lets them in, changes their role, and lets them go', async () => {
  const { context, page, faults } = await merchant('aurora', 'people');
  const look = async (name) => {
    await still(page);
    await shot(page, name);
    assert.deepEqual(await seriousFaults(page), []);
  };
  await page.getByRole('button', { name: 'Invite somebody' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Edda');
  await page.getByRole('button', { name: 'Make a link' }).click();
  await page.getByText('An address looks like').waitFor();
  await look('people-invite');
  await page.getByLabel('E-mail', { exact: true }).fill('edda@aurora.example');
  await page.getByRole('button', { name: 'Make a link' }).click();
  const shown = page.getByTestId('member-link').locator('pre');
  const row = page.getByTestId('person-row').filter({ hasText: 'edda@aurora.example' });
  await row.getByText('comes by link · not signed in').waitFor();
  const first = await shown.innerText();
  await look('people');

  const edda = await profile(world.browser);
  const theirs = await edda.context.newPage();
  await theirs.goto(first);
  await theirs.getByTestId('sign-out').waitFor();
  assert.equal(await theirs.getByRole('link', { name: 'People', exact: true }).count(), 0, 'an agent is not offered the page');

  const changed = page.waitForResponse((response) => response.request().method() === 'PATCH');
  await row.getByLabel('Role of Edda').selectOption('manager');
  assert.equal((await changed).status(), 200);
  await theirs.goto(`${world.server.origin}/console/people`);
  await theirs.getByRole('heading', { name: 'Sign in with your link' }).waitFor();
  await theirs.getByLabel('Shop').fill('aurora.myshopify.com');
  await theirs.getByLabel('E-mail').fill('edda@aurora.example');
  await theirs.getByRole('button', { name: 'Send me a sign-in link' }).click();
  await theirs.getByText('No mail is set up here').waitFor();
  await still(theirs);
  await shot(theirs, 'sign-in-mail');
  assert.deepEqual(await seriousFaults(theirs), []);

  await row.getByRole('button', { name: 'New link for Edda' }).click();
  await page.waitForFunction((old) => document.querySelector('[data-testid=member-link] pre')?.textContent !== old, first);
  await theirs.goto(await shown.innerText());
  await theirs.getByTestId('sign-out').waitFor();
  await theirs.goto(`${world.server.origin}/console/people`);
  await theirs.getByTestId('person-row').filter({ hasText: 'edda@aurora.example' }).getByText('manager').waitFor();
  assert.equal(await theirs.getByRole('button', { name: /Invite|New link|End membership/ }).count(), 0, 'a manager only looks');

  await row.getByRole('button', { name: 'End membership of Edda' }).click();
  await row.getByRole('button', { name: 'Yes, end membership of Edda' }).click();
  await row.waitFor({ state: 'detached' });
  await theirs.reload();
  await theirs.getByRole('heading', { name: 'Sign in with your link' }).waitFor();
  assert.deepEqual([...faults, ...edda.faults], []);
  for (const one of [context, edda.context]) await one.close();
});
