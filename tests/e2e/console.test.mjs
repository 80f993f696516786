// The merchants' console: customers, attribution, activity, people, settings; on a phone and in the dark; sessions that go on unnoticed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seriousFaults, shot, still } from './browser.mjs';
import { merchant, message, say, world } from './world.mjs';

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const sections = { inbox: '', customers: 'customers', attribution: 'attribution', activity: 'activity', people: 'people', settings: 'settings' };
/** What shows that a section has its data. */
const shown = { inbox: 'conversation-row', customers: 'customer-row', attribution: 'attribution-chart', activity: 'event-row', people: 'person-row', settings: 'settings-form' };

/** Everything has come: no placeholder and no spinner is left. */
const settled = (page) => page.waitForFunction(() => !document.querySelector('.mantine-Skeleton-root, .mantine-Loader-root'));

/** Looks at every section, and at what opens from it, in one colour scheme and on one screen. */
async function lookAround(page, look) {
  for (const [name, path] of Object.entries(sections)) {
    await page.goto(new URL(`/console/${path}`, page.url()).href);
    await page.getByTestId(shown[name]).first().waitFor();
    await settled(page);
    await look(name);
    if (name === 'inbox') {
      await page.getByTestId('conversation-row').first().click();
      await page.getByTestId('thread').getByTestId('message').first().waitFor();
      await look('conversation');
    }
    if (name === 'customers') {
      await page.getByTestId('customer-row').first().getByRole('link').click();
      await page.waitForURL(/customers\/[0-9a-f-]{36}/);
      await page.getByText('Customer since').waitFor();
      await settled(page);
      await look('customer');
    }
    if (name === 'activity') {
      await page.getByTestId('event-row').first().getByRole('button').click();
      await page.getByTestId('event').waitFor();
      await still(page);
      await look('event');
    }
  }
}

for (const [title, options] of Object.entries({
  'on a desk': {},
  'on a desk, dark': { colorScheme: 'dark' },
  'on a phone': phone,
  'on a phone, dark': { ...phone, colorScheme: 'dark' },
})) {
  test(`every section has its data and no serious fault ${title}`, async () => {
    const { context, page, faults } = await merchant('aurora', '', options);
    await lookAround(page, async (name) => {
      await shot(page, `console-${name}-${title.replace('on a ', '').replace(', ', '-')}`);
      assert.deepEqual(await seriousFaults(page), [], `axe on ${name}`);
      const width = page.viewportSize().width;
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, `nothing sticks out sideways of ${name}`);
    });
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("each merchant has customers of its own, found by name, with their orders and conversations", async () => {
  const seen = {};
  for (const shop of ['aurora', 'pinecrest']) {
    const { context, page } = await merchant(shop, 'customers');
    const rows = page.getByTestId('customer-row');
    await rows.first().waitFor();
    seen[shop] = await rows.getByRole('link').allInnerTexts();
    const name = seen[shop][0];
    await page.getByRole('searchbox', { name: 'Search customers' }).fill(name);
    await page.waitForURL(/query=/);
    await rows.filter({ hasText: name }).first().getByRole('link').click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.getByText('Customer since').waitFor();
    await page.getByRole('heading', { name: 'Orders' }).waitFor();
    const phone = await page.locator('a[href^="tel:"]').first().innerText();
    await page.goto(`${world.server.origin}/console/customers?query=${encodeURIComponent(phone)}`);
    await rows.filter({ hasText: name }).first().waitFor();
    await page.goto(`${world.server.origin}/console/customers`);
    await rows.filter({ has: page.locator('td:last-child', { hasText: /\d{4}$/ }) }).first().waitFor(); // last seen
    await context.close();
  }
  assert.ok(seen.aurora.length > 0 && seen.pinecrest.length > 0);
  assert.deepEqual(seen.aurora.filter((name) => seen.pinecrest.includes(name)), [], 'no customer is in both shops');
});

test('attribution shows the last 30 days as a chart, and the same numbers as a table', async () => {
  const { context, page } = await merchant('aurora', 'attribution');
  const chart = page.getByTestId('attribution-chart');
  await chart.locator('.recharts-bar-rectangle path').first().waitFor();
  assert.match(await page.getByTestId('attribution-total').first().innerText(), /^\$[\d,]*[1-9][\d,.]*$/);
  const days = chart.getByRole('row');
  assert.equal(await days.count(), 31, 'a heading and 30 days');
  const attributed = await chart.locator('tbody tr td:nth-of-type(1)').allInnerTexts();
  const cents = (text) => Number(text.replace(/[^\d]/g, ''));
  assert.equal(
    attributed.reduce((sum, text) => sum + cents(text), 0),
    cents(await page.getByTestId('attribution-total').first().innerText()),
    'the days add up to the total',
  );
  await page.getByText('7 days', { exact: true }).click();
  await page.waitForURL(/days=7/);
  await chart.getByRole('row').nth(8).waitFor({ state: 'detached' });
  assert.equal(await days.count(), 8);
  await context.close();
});

test('a setting that is changed holds, and the header follows', async () => {
  const { context, page } = await merchant('pinecrest', 'settings');
  const name = page.getByRole('textbox', { name: 'Shop name' });
  await name.waitFor();
  const before = await name.inputValue();
  const save = async (value) => {
    await name.fill(value);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('banner').getByText(value, { exact: true }).waitFor();
  };
  await save(`${before} & Daughters`);
  await page.reload();
  await page.getByRole('banner').getByText(`${before} & Daughters`).waitFor();
  await save(before);
  await context.close();
});

test('an access token that ends is renewed without anybody noticing', async () => {
  const { context, page, faults } = await merchant('aurora');
  await page.getByTestId('conversation-row').first().waitFor();
  let refused = 0;
  await page.route('**/v1/customers?*', async (route) => {
    if (refused++) return route.continue();
    await route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"status":401,"code":"unauthenticated","title":"Not signed in","detail":"The token has expired."}' });
  });
  const renewed = page.waitForResponse('**/v1/token');
  await page.getByRole('link', { name: 'Customers' }).first().click();
  assert.equal((await renewed).status(), 200);
  await page.getByTestId('customer-row').first().waitFor();
  assert.ok(refused >= 2, 'the request was sent again');
  assert.equal(await page.getByRole('alert').count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test('an answer written while the connection is away is sent once it is back', async () => {
  const { context, page } = await merchant('pinecrest');
  await page.getByTestId('conversation-row').first().click();
  await page.getByTestId('thread').waitFor();
  await page.getByTestId('take').or(page.getByTestId('release')).first().waitFor();
  await context.setOffline(true);
  await say(page, 'Written on the train.');
  await message(page, 'agent', 'Written on the train.').or(page.getByText('Written on the train.')).first().waitFor();
  await context.setOffline(false);
  await page.locator('[data-testid=message][data-seq]', { hasText: 'Written on the train.' }).waitFor({ timeout: 20_000 });
  await page.reload();
  await page.getByTestId('thread').getByText('Written on the train.').waitFor();
  assert.equal(await page.getByTestId('thread').getByText('Written on the train.').count(), 1);
  await context.close();
});

test('what is not there says so in words', async () => {
  const { context, page } = await merchant('aurora', 'customers/00000000-0000-7000-8000-000000000000');
  await page.getByRole('alert').waitFor();
  await shot(page, 'console-no-customer');
  assert.deepEqual(await seriousFaults(page), []);
  await page.goto(new URL('/console/nowhere', page.url()).href);
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await shot(page, 'console-not-found');
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByRole('link', { name: 'Go to the inbox' }).click();
  await page.getByTestId('conversation-row').first().waitFor();
  await context.close();
});
