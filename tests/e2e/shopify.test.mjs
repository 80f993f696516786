// The chat on a shop of Shopify's: whom the app proxy vouches for is known to the merchant, and where it fails one chats all
// the same. And the console, in a frame of Shopify's admin and in a window of its own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, profile } from './browser.mjs';
import { command, removeFolder, startServer, temporaryFolder } from './cordon.mjs';
import { name, sessionToken, startShop } from './shopify.mjs';
import { ask, inboxRow, message, openChat, world } from './world.mjs';

let folder, shop, server;

before(async () => {
  folder = await temporaryFolder();
  shop = await startShop(folder);
  server = await startServer(join(folder, 'data'), ['--rate-scale', '1000', ...shop.options]);
  shop.attach(server.origin, join(folder, 'data/tls/certificate.pem'));
  await shop.open();
  // Beside the shop's own domain, which is Shopify's and cannot be had here.
  await command(server, join(folder, 'data'), 'embed', name, shop.origin);
});
after(async () => {
  if (server) assert.equal(await server.stop(), 0);
  await shop?.stop();
  if (folder) await removeFolder(folder);
});

/** The shop's conversations as its owner sees them: whose each is, the newest first. */
const conversations = async () => {
  // Signed in anew each time: a token of the start may be over by now.
  const merchant = await shop.open();
  return new Promise((resolve, reject) => {
    const options = { ca: readFileSync(shop.app.certificate), headers: { Authorization: `Bearer ${merchant}` } };
    request(`${server.origin}/v1/conversations`, options, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      resolve(JSON.parse(text).items.map(({ customer_name }) => customer_name));
    }).on('error', reject).end();
  });
};

/** A shopper's browser on the shop's page; with a number, as that customer signed in to the shop. */
async function shopper(customer) {
  const { context, faults } = await profile(world.browser);
  if (customer) await signIn(context, customer);
  const page = await context.newPage();
  const visits = [];
  page.on('response', (answer) => {
    const { pathname } = new URL(answer.url());
    if (pathname.includes('visits') && answer.request().method() === 'POST') visits.push(`${pathname.split('/').pop()} ${answer.status()}`);
  });
  await page.goto(shop.origin);
  return { context, page, faults, visits };
}

const signIn = (context, customer) => context.addCookies([{ name: 'customer', value: customer, url: shop.origin }]);

test('a customer who is signed in to the shop is known to the merchant', async () => {
  const { context, page, faults, visits } = await shopper('191167');
  await openChat(page);
  await ask(page, 'hello');
  assert.deepEqual(visits, ['shopify-visits 200']);
  assert.deepEqual(await conversations(), ['Customer 191167']);
  // On the next page they go on where they were.
  await page.reload();
  await message(page, 'visitor', 'hello').waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test('a stranger chats through the proxy too, and becomes the customer that they sign in as', async () => {
  const { context, page, faults, visits } = await shopper();
  await openChat(page);
  await ask(page, 'good morning');
  assert.deepEqual(visits, ['shopify-visits 200']);
  assert.equal(shop.proxied.at(-1), '');
  assert.doesNotMatch((await conversations())[0] ?? '', /Customer/);
  await signIn(context, '78');
  await page.reload();
  await message(page, 'visitor', 'good morning').waitFor();
  await ask(page, 'it is me');
  assert.equal((await conversations())[0], 'Customer 78');
  // Whoever comes next at this browser, or has signed out, does not see what that customer said.
  await context.clearCookies();
  await page.reload();
  await ask(page, 'and now somebody else');
  assert.equal(await message(page, 'visitor', 'good morning').count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test('a proxy that fails costs the name and nothing else, and shows nobody what a customer said', async () => {
  const { context, page, faults, visits } = await shopper('80');
  await openChat(page);
  await ask(page, 'my own words');
  shop.proxyFails = true;
  await page.reload();
  assert.ok(await ask(page, 'hello'));
  assert.deepEqual(visits, ['shopify-visits 200', 'visits 200']);
  assert.equal(await message(page, 'visitor', 'my own words').count(), 0);
  shop.proxyFails = false;
  await page.reload();
  await message(page, 'visitor', 'my own words').waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

const adminPage = 'https://admin.shopify.com/store/cotton-shop/apps/cordon';

/** A browser for which the shop's server is all of Shopify, with a stand-in for App Bridge; the admin's page. */
async function admin(t) {
  const there = `127.0.0.1:${new URL(shop.origin).port}`;
  const browser = await launch(`--host-resolver-rules=MAP admin.shopify.com ${there},MAP ${name}.myshopify.com ${there}`);
  t.after(() => browser.close());
  const { context, faults } = await profile(browser);
  await context.exposeFunction('bridge', sessionToken);
  await context.route('https://cdn.shopify.com/shopifycloud/app-bridge.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: 'window.shopify = { idToken: () => window.bridge() };' }));
  const page = await context.newPage();
  const asked = [];
  page.on('response', (answer) => {
    const { pathname } = new URL(answer.url());
    if (pathname.startsWith('/v1/shopify/') || pathname === '/v1/token') asked.push(`${pathname.slice(4)} ${answer.status()}`);
  });
  await page.goto(adminPage);
  return { context, page, console: page.frameLocator('iframe'), faults, asked };
}

test('the console works in a frame of the admin, without a cookie, and after its access token has ended', async (t) => {
  const merchant = await admin(t);
  await merchant.console.getByTestId('sign-out').waitFor({ timeout: 15_000 });
  assert.deepEqual(merchant.asked, ['shopify/install 200', 'shopify/session 200']);
  // What a shopper says comes in by itself.
  const { context, page } = await shopper('4242');
  await openChat(page);
  await ask(page, 'is anybody in the admin?');
  const row = inboxRow(merchant.console, 'Customer 4242');
  await row.waitFor();
  // The next request leaves with a token that the server does not take, as if it had ended on the way.
  let ended = 0;
  await merchant.context.route('**/v1/conversations/*/messages*', (route) => {
    const headers = route.request().headers();
    if (ended === 0) headers.authorization += 'x';
    ended += 1;
    return route.continue({ headers });
  });
  await row.click();
  await message(merchant.console, 'visitor', 'is anybody in the admin?').waitFor();
  assert.ok(ended >= 2, 'it asked again');
  assert.deepEqual(merchant.asked.slice(2), ['shopify/token 200']);
  assert.deepEqual(await merchant.context.cookies(), []);
  assert.deepEqual(merchant.faults, []);
  await context.close();
});

test('who signs out in the admin is signed out, until the admin opens the app again', async (t) => {
  const merchant = await admin(t);
  await merchant.console.getByTestId('sign-out').click();
  await merchant.console.getByRole('heading', { name: 'Open the app again' }).waitFor();
  await merchant.page.reload();
  await merchant.console.getByTestId('sign-out').waitFor();
  assert.equal(merchant.asked.filter((one) => one === 'shopify/session 200').length, 2);
  assert.deepEqual(merchant.faults, []);
});

test('who opens the app in a window of its own is signed in there, and the session that the browser had ends', async (t) => {
  const merchant = await admin(t);
  const { context, page } = merchant;
  const open = async () => {
    await page.goto(adminPage);
    await merchant.console.getByTestId('sign-out').waitFor({ timeout: 15_000 });
    // As a link of Shopify's page would: the browser keeps strict cookies to itself until our own page asks.
    await page.evaluate((link) => { setTimeout(() => window.location.assign(link)); }, shop.installLink());
    await page.waitForURL(`${server.origin}/console/`);
    await page.getByTestId('sign-out').waitFor({ timeout: 15_000 });
    return (await context.cookies(server.origin)).find((cookie) => cookie.name === '__Host-cordon_session').value;
  };
  const renew = (cookie) => new Promise((resolve, reject) => {
    const headers = { Cookie: `__Host-cordon_session=${cookie}`, 'X-Cordon-Csrf': '1' };
    request(`${server.origin}/v1/token`, { method: 'POST', ca: readFileSync(shop.app.certificate), headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject).end();
  });
  const before = await open(), now = await open();
  assert.equal(await renew(before), 401);
  assert.equal(await renew(now), 200);

  // The address alone signs nobody in.
  const other = await profile(world.browser);
  const planted = await other.context.newPage();
  await planted.goto(`${server.origin}/console/sign-in#shopify`);
  await planted.getByRole('heading', { name: 'You are not signed in yet' }).waitFor();
  assert.deepEqual([...merchant.faults, ...other.faults], []);
  await other.context.close();
});

test('nobody but the admin may show the console in a frame, and nothing of Shopify\'s runs in a window of its own', async (t) => {
  const { context, page } = await admin(t);
  const policy = async (path) => (await context.request.get(server.origin + path)).headers()['content-security-policy'];
  const framed = await policy((await page.locator('iframe').getAttribute('src')).slice(server.origin.length));
  assert.match(framed, /script-src 'self' https:\/\/cdn\.shopify\.com;/);
  assert.match(framed, new RegExp(`frame-ancestors https://${name}.myshopify.com https://admin.shopify.com$`));
  assert.doesNotMatch(framed, /unsafe/);
  assert.match(await policy('/console/'), /script-src 'self';.*frame-ancestors 'none'$/);
});
