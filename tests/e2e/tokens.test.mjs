// API tokens and support access in the console: made, used, revoked; asked for, let in, sent out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seriousFaults, shot, still } from './browser.mjs';
import { colleague } from './staff.mjs';
import { merchant, message, openChat, operate, say, shopper, world } from './world.mjs';

const call = (page, path, token) =>
  page.request.get(`${world.server.origin}${path}`, { headers: { Authorization: `Bearer ${token}` } });

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

test('the owner says whether support has to ask; staff ask, are let in to look, and are sent out', async () => {
  const { context, page, faults } = await merchant('pinecrest', 'settings');
  await page.getByText('Nobody was let into the shop.').waitFor();
  const consent = page.getByRole('switch', { name: 'Support has to ask the owner first' });
  const saved = page.waitForResponse((response) => response.request().method() === 'PATCH');
  await consent.click();
  assert.equal((await saved).status(), 200);
  await page.reload();
  await page.waitForFunction(() => document.querySelector('[role=switch]')?.checked);
  const visitor = await shopper('pinecrest');
  await openChat(visitor.page);
  await say(visitor.page, 'Where is my order?');
  await message(visitor.page, 'visitor', 'Where is my order?').waitFor();

  const desk = await colleague('desk@staff.example', 'support');
  const grant = (ticket) => desk.page.getByTestId('own-grant').filter({ hasText: ticket });
  const ask = async (ticket) => {
    await desk.page.getByLabel('Shop to look into').fill('pinecrest');
    await desk.page.getByLabel('Ticket', { exact: true }).fill(ticket);
    await desk.page.getByLabel('For', { exact: true }).selectOption('2 hours');
    await desk.page.getByLabel('Reason').fill('An order of yesterday is not attributed to a chat.');
    await desk.page.getByRole('button', { name: 'Ask to be let in' }).click();
    await grant(ticket).getByText("Waits for the owner's yes").waitFor();
  };
  for (const ticket of ['T-100', 'T-200', 'T-300']) await ask(ticket);
  assert.equal(await desk.page.getByRole('link', { name: /^Enter/ }).count(), 0);
  await still(desk.page);
  await shot(desk.page, 'staff-grants');
  assert.deepEqual(await seriousFaults(desk.page), []);
  await grant('T-300').getByRole('button', { name: 'End ticket T-300' }).click();
  await grant('T-300').getByText('Over', { exact: true }).waitFor();

  await page.reload();
  const row = (ticket) => page.getByTestId('grant-row').filter({ hasText: ticket });
  await row('T-100').getByText('Waits for your yes').waitFor();
  await still(page);
  await shot(page, 'settings-support');
  assert.deepEqual(await seriousFaults(page), []);
  await row('T-300').getByText('Over', { exact: true }).waitFor();
  await row('T-200').getByRole('button', { name: 'Refuse ticket T-200' }).click();
  await row('T-200').getByRole('button', { name: 'Yes, refuse ticket T-200' }).click();
  await row('T-200').getByText('Over', { exact: true }).waitFor();
  await row('T-100').getByRole('button', { name: 'Let in for ticket T-100' }).click();
  await row('T-100').getByText('Inside').waitFor();

  await desk.page.reload();
  await grant('T-200').getByText('Over', { exact: true }).waitFor();
  await grant('T-100').getByRole('link', { name: 'Enter pinecrest for ticket T-100' }).click();
  await desk.page.getByTestId('grant-banner').getByText(/Ticket T-100, until .*: An order of yesterday/).waitFor();
  await desk.page.getByTestId('conversation-row').first().click();
  await desk.page.getByTestId('message').first().waitFor();
  assert.equal(await desk.page.getByTestId('composer').count(), 0, 'support looks, and writes nothing');
  await still(desk.page);
  await shot(desk.page, 'support-in-a-shop');
  assert.deepEqual(await seriousFaults(desk.page), []);
  await desk.page.reload();
  await desk.page.getByTestId('message').first().waitFor();

  // The inbox's socket learns it by itself: the page changes without a click.
  await row('T-100').getByRole('button', { name: 'Revoke ticket T-100' }).click();
  await row('T-100').getByRole('button', { name: 'Yes, revoke ticket T-100' }).click();
  await row('T-100').getByText('Over', { exact: true }).waitFor();
  await desk.page.getByRole('heading', { name: 'You are not in the shop' }).waitFor();
  await desk.page.getByText('This grant is over').waitFor();
  await shot(desk.page, 'support-sent-out');
  assert.deepEqual(await seriousFaults(desk.page), []);
  await desk.page.getByRole('link', { name: 'To your grants' }).click();
  await grant('T-100').getByText('Over', { exact: true }).waitFor();
  assert.deepEqual([...faults, ...desk.faults], []);
  for (const one of [context, visitor.context, desk.context]) await one.close();
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
