// API tokens and support access in the console: made, used, revoked; asked for, let in, sent out.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { seriousFaults, shot, still } from './browser.mjs';
import { merchant, operate, world } from './world.mjs';

const call = (page, path, token) =>
  page.request.get(`${world.server.origin}${path}`, { headers: { Authorization: `Bearer ${token}` } });

/** Runs SQL as the superuser of the server's own database. */
const sql = async (text) =>
  (await promisify(execFile)('psql', ['-XAtq', '-h', join(world.folder, 'postgres', 'sockets'), '-U', 'cordon_admin', '-d', 'cordon', '-c', text])).stdout.trim();

/** What staff do in a console of their own: asks for an hour in the shop. */
const askForGrant = (shop, ticket) =>
  sql(`INSERT INTO identity.support_grant (tenant_id, grant_id, session_id, opened_by, reason, ticket, minutes, needs_consent, expires_at)
       SELECT tenant_id, '${randomUUID()}', '${randomUUID()}', '${randomUUID()}', 'An order of yesterday is not attributed to a chat.', '${ticket}',
              60, true, now() + interval '1 day' FROM identity.shop WHERE shop = '${shop}'`);

test('a token is made, shown once, works within its scopes, and ends when it is revoked', async () => {
  const { context, page, faults } = await merchant('aurora', 'settings');
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByRole('button', { name: 'Make token' }).click();
  await page.getByText('Say what the token is for.').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Warehouse');
  await page.getByLabel('order.read').check();
  assert.equal(await page.getByLabel('token.manage').count(), 0, 'what takes a person is not offered');
  await page.getByLabel('Addresses').fill('nonsense');
  await page.getByRole('button', { name: 'Make token' }).click();
  await page.getByText('A range is an address or a network').first().waitFor();
  await still(page);
  await shot(page, 'settings-token-form');
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByLabel('Addresses').fill('127.0.0.0/8\n::1');
  await page.getByRole('button', { name: 'Make token' }).click();

  const shown = page.getByTestId('token-secret');
  const secret = (await shown.locator('pre').innerText()).trim();
  assert.match(secret, /^cordon_[A-Za-z0-9_-]{43}_[0-9A-Za-z]{6}$/);
  await still(page);
  await shot(page, 'settings-token-secret');
  assert.deepEqual(await seriousFaults(page), []);
  assert.equal((await call(page, '/v1/orders', secret)).status(), 200);
  assert.equal((await call(page, '/v1/customers', secret)).status(), 403);
  await shown.getByRole('button', { name: 'Done' }).click();
  await page.reload();
  const row = page.getByTestId('token-row').filter({ hasText: 'Warehouse' });
  await row.getByText(/last used .* from 127\.0\.0\.1/).waitFor();
  assert.equal((await page.content()).includes(secret.slice(7, 50)), false, 'it is not shown again');

  await row.getByRole('button', { name: 'Revoke Warehouse' }).click();
  await row.getByRole('button', { name: 'Yes, revoke Warehouse' }).click();
  await row.getByText(/^Revoked/).waitFor();
  assert.equal((await call(page, '/v1/orders', secret)).status(), 401);
  assert.deepEqual(faults, []);
  await context.close();
});

test('the owner says whether support has to ask, lets it in, and sends it out', async () => {
  const { context, page, faults } = await merchant('pinecrest', 'settings');
  await page.getByText('Nobody was let into the shop.').waitFor();
  const consent = page.getByRole('switch', { name: 'Support has to ask the owner first' });
  const saved = page.waitForResponse((response) => response.request().method() === 'PATCH');
  await consent.click();
  assert.equal((await saved).status(), 200);
  await page.reload();
  await page.waitForFunction(() => document.querySelector('[role=switch]')?.checked);
  await askForGrant('pinecrest', 'T-100');
  await askForGrant('pinecrest', 'T-200');
  await page.reload();
  const row = (ticket) => page.getByTestId('grant-row').filter({ hasText: ticket });
  await row('T-100').getByText('Waits for your yes').waitFor();
  await still(page);
  await shot(page, 'settings-support');
  assert.deepEqual(await seriousFaults(page), []);
  await row('T-100').getByRole('button', { name: 'Let in for ticket T-100' }).click();
  await row('T-100').getByText('Inside').waitFor();
  await row('T-100').getByRole('button', { name: 'Revoke ticket T-100' }).click();
  await row('T-100').getByRole('button', { name: 'Yes, revoke ticket T-100' }).click();
  await row('T-100').getByText('Over').waitFor();
  await row('T-200').getByRole('button', { name: 'Refuse ticket T-200' }).click();
  await row('T-200').getByRole('button', { name: 'Yes, refuse ticket T-200' }).click();
  await row('T-200').getByText('Over').waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test('who answers shoppers is offered neither', async () => {
  const { context, page } = await merchant('aurora');
  await page.goto((await operate('invite', 'aurora', '--name', 'Cleo', '--role', 'agent')).trim());
  await page.getByText('Cleo', { exact: true }).waitFor();
  await page.goto(`${world.server.origin}/console/settings`);
  await page.getByTestId('settings-form').waitFor();
  assert.equal(await page.getByRole('heading', { name: 'API tokens' }).count(), 0);
  assert.equal(await page.getByRole('heading', { name: 'Support access' }).count(), 0);
  await context.close();
});
