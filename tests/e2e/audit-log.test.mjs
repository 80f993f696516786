// The audit log in the console: a shop's own events, looked for and proved in the browser; every shop's, for auditors.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { profile, seriousFaults, shot, still } from './browser.mjs';
import { merchant, operate, world } from './world.mjs';

const rows = (page) => page.getByTestId('event-row');
const details = (page) => page.getByTestId('event');
const verdict = (page) => page.getByTestId('verdict');
const open = (page, path) => page.goto(`${world.server.origin}/console/${path}`);

/** Somebody of a shop whose name no other test uses. */
async function member(shop, name, role = 'owner') {
  const { context, faults } = await profile(world.browser);
  const page = await context.newPage();
  await page.goto((await operate('invite', shop, '--name', name, '--role', role)).trim());
  await page.getByTestId('sign-out').waitFor({ timeout: 15_000 });
  return { context, page, faults };
}

/** One of the staff who may look at every shop's events; the codes of their app are oathtool's. */
async function auditor(email) {
  const { context, faults } = await profile(world.browser);
  const page = await context.newPage();
  await page.goto((await operate('staff', 'invite', email, 'auditor')).trim());
  await page.getByLabel('New password').fill('marmalade at seven');
  await page.getByRole('button', { name: 'Set the password' }).click();
  const secret = await page.getByTestId('totp-secret').innerText();
  const { stdout } = await promisify(execFile)('oathtool', ['--totp', '-b', secret]);
  await page.getByLabel('Code that the app shows now').fill(stdout.trim());
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('link', { name: 'Audit log' }).waitFor();
  return { context, page, faults };
}

/** Opens a customer's profile, which leaves an event; returns the customer's id. */
async function readCustomer(page) {
  await open(page, 'customers');
  await page.getByTestId('customer-row').first().getByRole('link').click();
  await page.waitForURL(/customers\/[0-9a-f-]{36}/);
  await page.getByText('Customer since').waitFor();
  return page.url().split('/').pop();
}

/** Chooses from a list that can be searched. */
async function choose(page, label, option) {
  await page.getByRole('textbox', { name: label }).fill(option);
  await page.getByRole('option', { name: option }).click();
}

/** Opens the newest event and has it checked: until the log has taken it up, the page says that it is not there yet. */
async function checkNewest(page) {
  await rows(page).first().getByRole('button').click();
  const refused = details(page).getByText('not in the log yet');
  for (let asked = 0; ; ++asked) {
    await details(page).getByRole('button', { name: 'Check it in this browser' }).click();
    await verdict(page).or(refused).first().waitFor();
    if ((await verdict(page).count()) === 1) return;
    assert.ok(asked < 100, 'the event comes into the log');
    await page.waitForTimeout(100);
  }
}

/** A key of the same log's name that has signed nothing, as `cordon audit key` writes keys. */
function strangersKey(name) {
  const bytes = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const typed = Buffer.concat([Buffer.of(1), bytes]);
  const id = createHash('sha256').update(`${name}\n`).update(typed).digest('hex').slice(0, 8);
  return `${name}+${id}+${typed.toString('base64')}`;
}

test('an owner finds what was done by whom, and the address keeps what was looked for', async () => {
  const { context, page, faults } = await member('aurora', 'Odette Marchand');
  const customer = await readCustomer(page);
  await page.getByRole('link', { name: 'Activity' }).first().click();
  await rows(page).first().waitFor();
  await choose(page, 'Person', 'Odette Marchand');
  await page.waitForURL(/subject_id=/);
  await choose(page, 'Action', "a customer's profile was read");
  await page.waitForURL(/action=customer\.read/);
  await page.getByRole('textbox', { name: 'Resource' }).fill(`/v1/customers/${customer}`);
  await page.waitForURL(/resource=/);
  await page.reload();
  await rows(page).first().waitFor();
  for (const row of await rows(page).all()) {
    assert.equal(await row.getAttribute('data-action'), 'customer.read');
    assert.match(await row.innerText(), new RegExp(`GET /v1/customers/${customer}[^]*Odette Marchand[^]*Done`));
  }
  await shot(page, 'activity-filtered');

  // By the keyboard: Enter opens an event, Escape closes it, and the focus is where it was.
  await rows(page).first().getByRole('button').focus();
  await page.keyboard.press('Enter');
  await details(page).getByText('Odette Marchand', { exact: true }).waitFor();
  await details(page).getByText(`GET /v1/customers/${customer}`).waitFor();
  await page.keyboard.press('Escape');
  await details(page).waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.closest('[data-testid=event-row]'));

  await page.getByRole('textbox', { name: 'Outcome' }).click();
  await page.getByRole('option', { name: 'Not allowed' }).click();
  await page.getByText('No such event.').waitFor();
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await rows(page).first().waitFor();
  assert.doesNotMatch(page.url(), /\?/);
  assert.equal(await page.getByRole('textbox', { name: 'Resource' }).inputValue(), '');
  assert.deepEqual(faults, []);
  await context.close();
});

test('an event is proved in the browser, by a key that the server was not asked for', async () => {
  const { context, page, faults } = await member('aurora', 'Paul Prover');
  const customer = await readCustomer(page);
  const key = (await operate('audit', 'key')).trim();
  const found = `activity?action=customer.read&resource=${encodeURIComponent(`/v1/customers/${customer}`)}`;
  await open(page, found);
  await checkNewest(page);
  assert.equal(await verdict(page).getAttribute('data-signature'), 'no key', 'nothing passes as checked without a key');
  await verdict(page).getByText(key.split('+', 2).join('+')).waitFor();
  await still(page);
  await shot(page, 'activity-unchecked');
  assert.deepEqual(await seriousFaults(page), []);

  const use = async (text) => {
    await page.getByLabel("The log's key").fill(text);
    await page.getByRole('button', { name: 'Use this key' }).click();
  };
  await use('nonsense');
  await page.getByText('This is no key').waitFor();
  await use(key);
  await page.locator('[data-testid=verdict][data-signature=valid]').getByText('Verified in your browser').waitFor();
  await still(page);
  await shot(page, 'activity-verified');
  assert.deepEqual(await seriousFaults(page), []);

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download proof' }).click();
  const download = await downloading;
  assert.match(download.suggestedFilename(), /^[0-9a-f-]{36}\.tlog-proof$/);
  assert.match(await readFile(await download.path(), 'utf8'), /^c2sp\.org\/tlog-proof@v1\nindex \d+\n/);

  // The browser keeps the key, and says loudly when another one signs.
  await page.reload();
  await checkNewest(page);
  await page.locator('[data-testid=verdict][data-signature=valid]').waitFor();
  await use(strangersKey(key.split('+')[0]));
  await page.getByText('This is not the log that this browser knows').waitFor();
  await page.locator('[data-testid=verdict][data-signature="no key"]').waitFor();
  await still(page);
  await shot(page, 'activity-other-signer');
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByRole('button', { name: 'I have asked: this is the log' }).click();
  await page.getByText('This is not the log that this browser knows').waitFor({ state: 'detached' });
  await verdict(page).waitFor();

  // A server that shows another event than it has logged.
  await page.route('**/v1/audit-events?*', async (route) => {
    const response = await route.fetch();
    const { items, ...others } = await response.json();
    await route.fulfill({ response, json: { ...others, items: items.map((event) => ({ ...event, rows_out: event.rows_out + 1 })) } });
  });
  await page.reload();
  await rows(page).first().getByRole('button').click();
  await details(page).getByRole('button', { name: 'Check it in this browser' }).click();
  await page.getByText('This is not what is in the log').waitFor();
  await shot(page, 'activity-changed-event');
  assert.deepEqual(faults, []);
  await context.close();
});

test('what is found is saved as a file', async () => {
  const { context, page, faults } = await member('aurora', 'Xenia Exporter');
  const customer = await readCustomer(page);
  await open(page, `activity?resource=${encodeURIComponent(`/v1/customers/${customer}`)}`);
  await rows(page).first().waitFor();
  const save = async (kind) => {
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: kind }).click();
    const download = await downloading;
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  };
  const csv = await save('CSV');
  assert.equal(csv.name, 'activity.csv');
  assert.match(csv.text, new RegExp(`/v1/customers/${customer}`));
  const lines = await save('JSON Lines');
  assert.equal(lines.name, 'activity.jsonl');
  for (const line of lines.text.trim().split('\n')) assert.ok(JSON.parse(line).resource.startsWith(`/v1/customers/${customer}`));
  assert.deepEqual(faults, []);
  await context.close();
});

test("no shop sees another's events, an auditor sees both, and nothing to prove a shop's with", async () => {
  const shops = {};
  for (const shop of ['aurora', 'pinecrest']) {
    const one = await merchant(shop);
    await readCustomer(one.page);
    await open(one.page, 'activity?action=customer.read');
    await rows(one.page).first().waitFor();
    shops[shop] = { ...one, event: await rows(one.page).first().getAttribute('data-event-id') };
  }
  const { aurora, pinecrest } = shops;
  const listed = (page, { event }) => page.locator(`[data-testid=event-row][data-event-id="${event}"]`);
  assert.equal(await listed(aurora.page, pinecrest).count(), 0);
  assert.equal(await listed(pinecrest.page, aurora).count(), 0);

  const { context, page, faults } = await auditor('audrey@staff.example');
  await page.getByRole('link', { name: 'Audit log' }).click();
  await choose(page, 'Action', "a customer's profile was read");
  await page.waitForURL(/action=customer\.read/);
  await listed(page, aurora).waitFor();
  await listed(page, pinecrest).waitFor();
  await still(page);
  await shot(page, 'staff-audit-log');
  assert.deepEqual(await seriousFaults(page), []);

  await listed(page, aurora).getByRole('button').click();
  const tenant = await details(page).locator('dt', { hasText: "Shop's id" }).locator('xpath=following-sibling::dd').innerText();
  assert.equal(await page.getByRole('region', { name: 'Proof' }).count(), 0);
  await still(page);
  await shot(page, 'staff-audit-event');
  assert.deepEqual(await seriousFaults(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Shop' }).fill(tenant);
  await page.waitForURL(/shop_id=/);
  await listed(page, pinecrest).waitFor({ state: 'detached' });
  await listed(page, aurora).waitFor();
  assert.deepEqual([...faults, ...aurora.faults, ...pinecrest.faults], []);
  for (const one of [aurora, pinecrest, { context }]) await one.context.close();
});

test('who may not look is not offered the log, and is told so at its address', async () => {
  const { context, page } = await member('aurora', 'Nora Agent', 'agent');
  assert.equal(await page.getByRole('link', { name: 'Activity' }).count(), 0);
  await open(page, 'activity');
  await page.getByText('Your role does not include this page').waitFor();
  await open(page, 'staff/audit-log');
  await page.getByLabel('E-mail').waitFor();
  await context.close();
});
