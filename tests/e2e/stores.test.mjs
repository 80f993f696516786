// What a newcomer does: opens both storefronts, chats in both, opens the console as each merchant, sees only one's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seriousFaults, shot } from './browser.mjs';
import { ask, inboxRow, merchant, message, openChat, say, shopper } from './world.mjs';

test('two shops answer from their own catalogue and policies, and each merchant sees only its own', async () => {
  const visitors = {};
  for (const shop of ['aurora', 'pinecrest']) {
    const visitor = await shopper(shop);
    await shot(visitor.page, `storefront-${shop}`);
    await openChat(visitor.page);
    assert.match(await ask(visitor.page, 'How long do I have to return something?'), /return/i);
    await shot(visitor.page, `chat-${shop}`);
    assert.deepEqual(await seriousFaults(visitor.page), [], `axe on ${shop}'s storefront`);
    assert.deepEqual(visitor.faults, []);
    visitors[shop] = visitor;
  }

  const marker = `only for aurora ${Date.now()} zzxq`;
  await ask(visitors.aurora.page, marker); // nothing in the catalogue: handed over
  await message(visitors.aurora.page, 'assistant', "don't know").first().waitFor();

  const aurora = await merchant('aurora');
  const pinecrest = await merchant('pinecrest');
  const row = inboxRow(aurora.page, "don't know").first();
  await row.click();
  await aurora.page.getByTestId('thread').getByText(marker).waitFor();
  await shot(aurora.page, 'console-inbox');
  assert.deepEqual(await seriousFaults(aurora.page), [], 'axe on the inbox');

  await aurora.page.getByTestId('take').click();
  await say(aurora.page, 'Hello, this is a person from Aurora.');
  await message(visitors.aurora.page, 'agent', 'a person from Aurora').waitFor();
  await say(visitors.aurora.page, 'Lovely, thank you!');
  await aurora.page.getByTestId('thread').getByText('Lovely, thank you!').waitFor();
  await shot(aurora.page, 'console-live');
  await shot(visitors.aurora.page, 'chat-live');

  assert.equal(await pinecrest.page.getByText(marker).count(), 0, 'the other merchant sees nothing of it');
  const foreign = await pinecrest.page.evaluate(async (id) => {
    const headers = { 'X-Cordon-Csrf': '1', 'Content-Type': 'application/json' };
    const token = await (await fetch('/v1/token', { method: 'POST', headers, body: '{}' })).json();
    const answer = await fetch(`/v1/conversations/${id}`, { headers: { Authorization: `Bearer ${token.access_token}` } });
    return { status: answer.status, text: await answer.text() };
  }, await row.getAttribute('data-conversation-id'));
  assert.equal(foreign.status, 404);
  assert.doesNotMatch(foreign.text, /zzxq/);

  for (const { context, faults } of [aurora, pinecrest, ...Object.values(visitors)]) {
    assert.deepEqual(faults, []);
    await context.close();
  }
});
