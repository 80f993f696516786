// A conversation with a person: taken over, answered live, handed back, closed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shot } from './browser.mjs';
import { ask, inboxRow, merchant, message, openChat, say, shopper } from './world.mjs';

/** A shopper who said something that nobody else says, and the shop's person who opened that conversation. */
async function meet(words) {
  const visitor = await shopper('aurora');
  await openChat(visitor.page);
  await ask(visitor.page, words);
  const agent = await merchant('aurora');
  // The newest conversation stands first.
  await inboxRow(agent.page, "don't know").first().click();
  await agent.page.getByTestId('thread').getByText(words).waitFor();
  return [visitor, agent];
}

async function part(...people) {
  for (const { context, faults } of people) {
    assert.deepEqual(faults, []);
    await context.close();
  }
}

test('a person takes over, answers, hands back to the assistant and closes; the shopper sees each step', async () => {
  const [visitor, agent] = await meet('wqqx overtaking');
  const notice = visitor.page.getByTestId('handler');
  await notice.filter({ hasText: 'Passed on to the team' }).waitFor();

  await agent.page.getByTestId('take').click();
  await notice.filter({ hasText: 'You are talking to the team' }).waitFor();
  await say(agent.page, 'Here I am.');
  await message(visitor.page, 'agent', 'Here I am.').waitFor();
  await say(visitor.page, 'hello');
  await agent.page.getByTestId('thread').getByText('hello').waitFor();

  await agent.page.getByTestId('release').click();
  await notice.waitFor({ state: 'hidden' });
  assert.equal(await message(visitor.page, 'assistant', 'Ask me about').count(), 0, 'the assistant kept out while a person had it');
  await say(visitor.page, 'hello');
  await message(visitor.page, 'assistant', 'Ask me about').waitFor();

  await agent.page.getByTestId('close-conversation').click();
  await notice.filter({ hasText: 'This chat was closed' }).waitFor();
  await agent.page.getByText('This conversation is closed. It opens again').waitFor();
  await shot(agent.page, 'console-closed');
  await say(visitor.page, 'thanks');
  await notice.waitFor({ state: 'hidden' });
  await agent.page.getByTestId('composer').waitFor();
  await part(visitor, agent);
});

/** Types on until the other side has seen it, as people do: a single hint may go by before the other page listens. */
async function typesOn(writer, reader) {
  const composer = writer.getByTestId('composer');
  const seen = () => reader.getByTestId('typing').waitFor({ timeout: 2_000 }).then(() => true, () => false);
  for (let tries = 0; tries < 8 && !(await seen()); ++tries) {
    await composer.press('Space');
    await composer.press('Backspace');
  }
  await reader.getByTestId('typing').waitFor();
}

test('each side sees that the other types, and that the other has read', async () => {
  const [visitor, agent] = await meet('wqqx typing');
  await agent.page.getByTestId('take').click();
  await agent.page.getByTestId('release').waitFor();

  await visitor.page.getByTestId('composer').pressSequentially('I wonder');
  await typesOn(visitor.page, agent.page);
  assert.match(await agent.page.getByTestId('typing').innerText(), /is typing/);
  await agent.page.getByTestId('composer').pressSequentially('Ask away');
  await typesOn(agent.page, visitor.page);
  assert.match(await visitor.page.getByTestId('typing').textContent(), /team is typing/);
  await shot(visitor.page, 'chat-typing');

  await agent.page.getByTestId('composer').press('Enter');
  await message(visitor.page, 'agent', 'Ask away').waitFor();
  await visitor.page.getByTestId('typing').waitFor({ state: 'detached' });
  await agent.page.getByTestId('thread').getByText('Seen').waitFor();
  await visitor.page.getByTestId('composer').press('Enter');
  await message(visitor.page, 'visitor', 'I wonder').getByText('Read').waitFor();
  await part(visitor, agent);
});

test('a message is read only when it is looked at', async () => {
  const [visitor, agent] = await meet('wqqx reading');
  await visitor.page.keyboard.press('Escape');
  await agent.page.getByTestId('take').click();
  await say(agent.page, 'Are you there?');
  await visitor.page.getByRole('button', { name: /Open chat, 1 unread message/ }).waitFor();
  await shot(visitor.page, 'launcher-unread');
  assert.equal(await message(agent.page, 'agent', 'Are you there?').getByText('Seen').count(), 0);
  await openChat(visitor.page);
  await message(agent.page, 'agent', 'Are you there?').getByText('Seen').waitFor();
  await part(visitor, agent);
});
