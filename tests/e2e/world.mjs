// One server with both demo stores and one browser, for every test of a process; who comes in gets a profile of their own.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { launch, profile } from './browser.mjs';
import { command, openStores, removeFolder, source, startServer, temporaryFolder } from './cordon.mjs';

export const world = { folder: '', server: null, shops: {}, browser: null };

before(async () => {
  world.folder = await temporaryFolder();
  world.server = await startServer(world.folder);
  world.browser = await launch();
  world.shops = await openStores(world.server, world.folder, join(source, 'data/demo'), 0);
});

after(async () => {
  await world.browser?.close();
  if (world.server) assert.equal(await world.server.stop(), 0, 'the server stops cleanly on SIGTERM');
  if (world.folder) await removeFolder(world.folder);
});

/** `cordon <args>` beside the running server. */
export const operate = (...args) => command(world.server, world.folder, ...args);

/** Ends the server, does `meanwhile`, and starts it again where it was. */
export async function restartServer(meanwhile = async () => {}) {
  assert.equal(await world.server.stop(), 0);
  await meanwhile();
  world.server = await startServer(world.folder, undefined, world.server.port);
}

/** A shopper's browser on a shop's page. */
export async function shopper(shop, options) {
  const { context, faults } = await profile(world.browser, options);
  const page = await context.newPage();
  await page.goto(world.shops[shop].storefront);
  await page.getByTestId('launcher').waitFor();
  return { context, page, faults };
}

export async function openChat(page) {
  await page.getByTestId('launcher').click();
  await page.getByTestId('panel').waitFor();
}

export async function say(page, text) {
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
}

/** What `author` wrote, in the chat or in the console's thread. */
export const message = (page, author, text) => page.locator(`[data-testid=message][data-author=${author}]`, { hasText: text });

/** Says something in the chat and returns the text of the answer. */
export async function ask(page, text) {
  const answers = page.locator('[data-testid=message]:not([data-author=visitor])');
  const before = await answers.count();
  await say(page, text);
  await answers.nth(before).waitFor({ timeout: 10_000 });
  return answers.nth(before).getByTestId('text').innerText();
}

/**
 * A merchant's browser on a page of the console, signed in with a link of its own: a session's cookie that was copied
 * from another browser would end the session.
 */
export async function merchant(shop, path = '', options = {}) {
  const { context, faults } = await profile(world.browser, options);
  const page = await context.newPage();
  await page.goto((await operate('invite', shop)).trim());
  await page.getByTestId('sign-out').waitFor({ timeout: 15_000 });
  await page.goto(`${world.server.origin}/console/${path}`);
  await page.getByTestId('sign-out').waitFor();
  return { context, page, faults };
}

/** The row of the inbox whose newest message says `text`. */
export const inboxRow = (page, text) => page.getByTestId('conversation-row').filter({ hasText: text });
