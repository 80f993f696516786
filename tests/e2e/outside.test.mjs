// Real input where it is there: Shopify's product CSVs, customers' turns from MultiDoGO and conversations from ABCD, replayed
// through the widget's own socket. It is ../shared/data, which a clone does without.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openStores, removeFolder, source, startServer, temporaryFolder } from './cordon.mjs';

const data = join(dirname(source), 'shared', 'data');

function call(server, folder, method, path, { token, body } = {}) {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
    const asked = request(new URL(path, server.origin), { method, headers, ca: readFileSync(join(folder, 'tls/certificate.pem')) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, body: JSON.parse(text) }));
    });
    asked.on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}

test('two stores opened on real data hold what was said in them, each its own', async () => {
  const folder = await temporaryFolder();
  const server = await startServer(folder);
  try {
    const shops = await openStores(server, folder, data, 250);
    assert.deepEqual(Object.keys(shops).sort(), ['apparel', 'home-and-garden']);
    const said = { apparel: ['multidogo/airline.tsv', 'abcd/abcd_sample.json'], 'home-and-garden': ['multidogo/fastfood.tsv'] };
    const seen = {};
    for (const shop of Object.keys(shops)) {
      const link = shops[shop].console.split('#')[1];
      const signedIn = await call(server, folder, 'POST', '/v1/sign-in', { body: { link } });
      assert.equal(signedIn.status, 200);
      const get = async (path) => (await call(server, folder, 'GET', path, { token: signedIn.body.access_token })).body;
      const conversations = (await get('/v1/conversations?limit=100')).items;
      const products = (await get('/v1/products?limit=100')).items;
      const attribution = await get('/v1/attribution?days=30');
      const thread = (await get(`/v1/conversations/${conversations.at(-1).id}/messages?limit=100`)).items;
      const originals = said[shop].map((name) => readFileSync(join(data, name), 'utf8')).join('\n');
      const turns = thread.filter((m) => m.author === 'visitor').map((m) => m.text);
      assert.ok(turns.length > 0);
      for (const text of turns) assert.ok(originals.includes(text), `nobody said: ${text}`);
      assert.ok(conversations.length > 15, `${conversations.length} conversations`);
      assert.equal(attribution.days.length, 30);
      assert.ok(attribution.attributed_orders > 0 && attribution.attributed_orders < attribution.orders);
      seen[shop] = { ids: new Set(conversations.map((c) => c.id)), products: products.map((p) => p.title) };
      assert.ok((await get('/v1/policies?limit=100')).items.length > 5);
    }
    assert.ok(![...seen.apparel.ids].some((id) => seen['home-and-garden'].ids.has(id)));
    assert.ok(!seen.apparel.products.some((title) => seen['home-and-garden'].products.includes(title)));
  } finally {
    assert.equal(await server.stop(), 0);
    await removeFolder(folder);
  }
});
