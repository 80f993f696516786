// Who may see a page at all: sign-in links, signing out, a suspended shop, and what the pages' own policy forbids.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profile, seriousFaults, shot } from './browser.mjs';
import { merchant, openChat, operate, shopper, world } from './world.mjs';

async function stranger() {
  const { context, faults } = await profile(world.browser);
  return { context, page: await context.newPage(), faults };
}

test('a sign-in link works once, and says so in words the second time', async () => {
  const link = (await operate('invite', 'aurora', '--name', 'Ada', '--role', 'agent')).trim();
  const first = await stranger();
  await first.page.goto(link);
  await first.page.getByText('Ada', { exact: true }).waitFor();
  assert.doesNotMatch(first.page.url(), /#/, 'the secret is gone from the address');
  const second = await stranger();
  await second.page.goto(link);
  await second.page.getByRole('heading', { name: 'This link did not sign you in' }).waitFor();
  await shot(second.page, 'sign-in-used-link');
  assert.deepEqual(await seriousFaults(second.page), []);

  await first.page.getByTestId('sign-out').click();
  await first.page.getByRole('heading', { name: 'Sign in with your link' }).waitFor();
  await shot(first.page, 'sign-in');
  assert.deepEqual(await seriousFaults(first.page), []);
  await first.page.goto(`${world.server.origin}/console/customers`);
  await first.page.getByRole('heading', { name: 'Sign in with your link' }).waitFor();
  for (const { context, faults } of [first, second]) {
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test("a role that may not see a section is not offered it, and is told so at its address", async () => {
  const { context, page } = await stranger();
  await page.goto((await operate('invite', 'aurora', '--name', 'Ben', '--role', 'analyst')).trim());
  await page.getByTestId('sign-out').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Inbox' }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Customers' }).count(), 0);
  await page.goto(`${world.server.origin}/console/customers`);
  await page.getByText('Your role does not include this page').waitFor();
  await shot(page, 'console-forbidden');
  assert.deepEqual(await seriousFaults(page), []);
  await context.close();
});

test('a suspended shop shows that it is, at once and everywhere, and opens again by itself', async () => {
  const visitor = await shopper('pinecrest');
  await openChat(visitor.page);
  const member = await merchant('pinecrest');
  await member.page.getByTestId('conversation-row').first().waitFor();
  await operate('suspend', 'pinecrest', '--why', 'a test');
  // The inbox's socket learns it by itself: the page changes without a click.
  await member.page.getByRole('heading', { name: 'This shop is suspended' }).waitFor();
  await shot(member.page, 'console-suspended');
  assert.deepEqual(await seriousFaults(member.page), []);
  await visitor.page.getByTestId('composer').fill('hello');
  await visitor.page.getByTestId('composer').press('Enter');
  await visitor.page.getByTestId('notice').filter({ hasText: 'Chat is paused' }).waitFor();
  await shot(visitor.page, 'chat-paused');
  const late = await stranger();
  await late.page.goto(world.shops.pinecrest.storefront);
  await late.page.getByText('This shop is closed for the moment').waitFor();
  await shot(late.page, 'storefront-suspended');

  await operate('resume', 'pinecrest');
  await member.page.getByRole('button', { name: 'Check again' }).click();
  await member.page.getByTestId('conversation-row').first().waitFor();
  for (const { context } of [visitor, member, late]) await context.close();
});

test('no script runs in the console but its own, and no other page may frame it', async () => {
  const { context, page, faults } = await merchant('aurora');
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.inlineRan = true';
    document.body.append(script);
    const handler = document.createElement('img');
    handler.setAttribute('onerror', 'globalThis.inlineRan = true');
    handler.src = '/console/nothing.png';
    document.body.append(handler);
    // In a task of its own: what the debugging protocol itself evaluates is let off the policy.
    return new Promise((resolve) =>
      setTimeout(() => {
        let evaluated = false;
        try {
          evaluated = new Function('return true')();
        } catch {
          // refused, as it should be
        }
        resolve({ inline: globalThis.inlineRan === true, evaluated });
      }, 300),
    );
  });
  assert.deepEqual(ran, { inline: false, evaluated: false });
  assert.ok(faults.some((fault) => /Content Security Policy/.test(fault)), 'it was the policy that refused');

  // Whoever may show it in a frame comes by another address, which Shopify has signed.
  for (const query of ['', '?shop=north-wind.myshopify.com', '?embedded=1&host=YQ&shop=north-wind.myshopify.com']) {
    const response = await page.request.get(`${world.server.origin}/console/${query}`);
    assert.match(response.headers()['content-security-policy'], /script-src 'self';.*frame-ancestors 'none'$/, query);
  }
  await context.close();
});
