// The chat on a shop's page: by keyboard, for a screen reader, on a phone, through reloads and lost connections.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { profile, seriousFaults, shot } from './browser.mjs';
import { ask, message, openChat, operate, restartServer, say, shopper, world } from './world.mjs';

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** What has the focus, inside the chat's shadow root too: its test id, or its tag. */
const focused = (page) =>
  page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at?.getAttribute('data-testid') ?? at?.tagName.toLowerCase();
  });

test('by keyboard alone: opens, writes, goes round and closes, and the focus comes back', async () => {
  const { context, page, faults } = await shopper('aurora');
  for (let i = 0; i < 200 && (await focused(page)) !== 'launcher'; i++) await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'launcher', 'Tab leads to the launcher');
  await page.keyboard.press('Enter');
  await page.getByTestId('panel').waitFor();
  assert.equal(await focused(page), 'composer', 'one can write at once');
  await page.keyboard.type('hello');
  await page.keyboard.press('Enter');
  await message(page, 'assistant', 'Ask me about').waitFor();
  assert.equal(await focused(page), 'composer', 'sending leaves the focus where it was');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(page), 'log', 'the messages can be scrolled by keyboard');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(page), 'close');
  await page.keyboard.press('Escape');
  await page.getByTestId('panel').waitFor({ state: 'hidden' });
  assert.equal(await focused(page), 'launcher', 'the focus is back where it came from');
  assert.deepEqual(faults, []);
  await context.close();
});

test('a screen reader finds names, a dialog, a live log, and who said what', async () => {
  const { context, page } = await shopper('aurora');
  const launcher = page.getByRole('button', { name: 'Open chat' });
  assert.equal(await launcher.getAttribute('aria-expanded'), 'false');
  await launcher.click();
  const dialog = page.getByRole('dialog', { name: /Aurora/ });
  await dialog.waitFor();
  await dialog.getByRole('button', { name: 'Close chat' }).waitFor();
  const log = dialog.getByRole('log', { name: 'Messages' });
  assert.equal(await log.getAttribute('aria-live'), 'polite');
  await dialog.getByRole('textbox', { name: 'Your message' }).fill('hello');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await message(page, 'assistant', 'Ask me about').waitFor();
  const said = await log.ariaSnapshot();
  assert.match(said, /You\s+- paragraph: hello/);
  assert.match(said, /\(assistant\)\s+- paragraph: Hello! Ask me/);
  assert.deepEqual(await seriousFaults(page), []);
  await context.close();
});

test('on a phone the chat takes the whole screen, and what it says can be read', async () => {
  const { context, page, faults } = await shopper('aurora', phone);
  await shot(page, 'phone-storefront');
  await openChat(page);
  await ask(page, 'hello');
  const panel = page.getByTestId('panel');
  await panel.evaluate((risen) => Promise.all(risen.getAnimations().map((one) => one.finished)));
  const box = await panel.boundingBox();
  assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, 390, 844]);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, 'nothing sticks out sideways');
  await shot(page, 'phone-chat');
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByTestId('close').click();
  await page.getByTestId('launcher').waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test('in the dark the storefront and the chat keep their contrast', async () => {
  const { context, page } = await shopper('pinecrest', { colorScheme: 'dark' });
  await openChat(page);
  await ask(page, 'hello');
  await shot(page, 'dark-storefront');
  assert.deepEqual(await seriousFaults(page), []);
  await context.close();
});

test('a lost connection and a reload lose nothing and repeat nothing', async () => {
  const { context, page } = await shopper('aurora', phone);
  await openChat(page);
  await ask(page, 'hello');
  await context.setOffline(true);
  await say(page, 'Sent while away');
  await message(page, 'visitor', 'Sent while away').getByText('Sending').waitFor();
  await context.setOffline(false);
  await page.locator('[data-testid=message][data-seq]', { hasText: 'Sent while away' }).waitFor({ timeout: 20_000 });
  await page.reload();
  // On a phone the chat would cover the whole page, so it comes back closed; elsewhere it stays open.
  await page.getByTestId('launcher').waitFor();
  assert.equal(await page.getByTestId('panel').isVisible(), false);
  await openChat(page);
  await message(page, 'visitor', 'Sent while away').waitFor();
  assert.equal(await message(page, 'visitor', 'Sent while away').count(), 1);
  await context.close();
});

test('an open chat stays open on the next page, and its draft of a message goes out once', async () => {
  const { context, page } = await shopper('aurora');
  await openChat(page);
  await ask(page, 'hello');
  await context.setOffline(true);
  await say(page, 'Written before the reload');
  await context.setOffline(false);
  await page.reload();
  await page.getByTestId('panel').waitFor();
  await page.locator('[data-testid=message][data-seq]', { hasText: 'Written before the reload' }).waitFor({ timeout: 20_000 });
  assert.equal(await message(page, 'visitor', 'Written before the reload').count(), 1);
  assert.equal(await focused(page), 'body', 'a page that loads does not have its focus taken');
  await context.close();
});

test('the server goes away and comes back: what was written meanwhile arrives once, in order', async () => {
  const { context, page, faults } = await shopper('aurora');
  await openChat(page);
  await ask(page, 'hello');
  await restartServer(async () => {
    await say(page, 'first while the server is away');
    await say(page, 'second while the server is away');
    await message(page, 'visitor', 'second while').getByText('Sending').waitFor();
    await shot(page, 'chat-reconnecting');
  });
  await page.locator('[data-testid=message][data-seq]', { hasText: 'second while' }).waitFor({ timeout: 30_000 });
  await page.reload();
  await message(page, 'visitor', 'second while').waitFor();
  const own = await page.locator('[data-testid=message][data-author=visitor]').getByTestId('text').allInnerTexts();
  assert.deepEqual(own, ['hello', 'first while the server is away', 'second while the server is away']);
  assert.deepEqual(faults, []);
  await context.close();
});

/** A page of another site that includes the chat. */
let site;
before(async () => {
  site = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    // A merchant's policy that is as strict as can be, but for the chat itself.
    const { origin } = world.server;
    response.setHeader('Content-Security-Policy', `default-src 'none'; img-src 'self'; script-src ${origin}; connect-src ${origin} ${origin.replace('https', 'wss')}`);
    response.end(`<!doctype html><html lang="en"><title>Elsewhere</title><h1>Elsewhere</h1><script src="${origin}/widget.js" data-shop="aurora" defer></script>`);
  });
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
});
after(() => site.close());

test('another site gets no visitor until the shop has registered its origin, then chats as on its own pages', async () => {
  const { context, faults } = await profile(world.browser);
  const page = await context.newPage();
  const address = `http://127.0.0.1:${site.address().port}`;
  const refused = page.waitForResponse('**/v1/widget/visits');
  await page.goto(address);
  await page.getByTestId('launcher').click();
  assert.equal((await refused).status(), 403);
  await page.getByTestId('notice').filter({ hasText: 'Chat is not available on this page' }).waitFor();

  await operate('embed', 'aurora', address);
  await page.reload();
  assert.match(await ask(page, 'hello'), /Ask me about/);
  await shot(page, 'chat-elsewhere');
  assert.deepEqual(faults, []);
  await assert.rejects(operate('embed', 'aurora', 'https://shop.example/path'), /an origin looks like/);
  await context.close();
});
