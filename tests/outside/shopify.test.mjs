// @shopify/shopify-api against our server: its test helpers sign and we judge; it judges what we ask and where we send
// people; and where it takes what we refuse, that is said here.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RequestedTokenType } from '@shopify/shopify-api';
import { RequestType, getJwt, setUpValidRequest } from '@shopify/shopify-api/test-helpers';
import { removeFolder, startServer, temporaryFolder } from '../e2e/cordon.mjs';
import { askedByLibrary, clientId, hmac, library, scopes, seconds, secret, signed, startShopify } from './shopify.mjs';

const shopify = library();
let folder, fake, server, ca;

before(async () => {
  folder = await temporaryFolder();
  fake = await startShopify(folder);
  await writeFile(join(folder, 'secret'), `${secret}\n`);
  server = await startServer(join(folder, 'data'), [
    ...['--rate-scale', '1000', '--shopify-client-id', clientId, '--shopify-secret-file', join(folder, 'secret')],
    ...['--shopify-scopes', scopes.join(','), '--shopify-base', fake.origin, '--shopify-trust', fake.certificate],
  ]);
  ca = await readFile(join(folder, 'data/tls/certificate.pem'));
});
after(async () => {
  if (server) assert.equal(await server.stop(), 0);
  await fake?.stop();
  if (folder) await removeFolder(folder);
});

/** One request to our server. */
const ask = (method, path, headers = {}, body = undefined) =>
  new Promise((resolve, reject) => {
    const sent = request(server.origin + path, { method, headers, ca }, async (res) => {
      let text = '';
      for await (const chunk of res) text += chunk;
      resolve({ status: res.statusCode, headers: res.headers, body: text ? JSON.parse(text) : null });
    });
    sent.on('error', reject);
    sent.end(body);
  });
const show = async (token) =>
  ask('POST', '/v1/shopify/session', { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, '{}');
/** The helper's ids are all the same, Shopify's are not. */
const jwt = async (store, overrides = {}, by = secret) => (await getJwt(store, clientId, by, { jti: randomUUID(), ...overrides })).token;
const taken = async (work) => Boolean(await work().catch(() => false));
const cookieOf = (reply, name) => reply.headers['set-cookie']?.find((c) => c.startsWith(`${name}=`))?.split(';')[0];

test('a session token that the helper signs signs somebody in', async () => {
  const reply = await show(await jwt('helper'));
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  assert.equal(reply.body.role, 'owner');
  assert.equal(reply.body.name, 'Ann Owner');
});

test('session tokens: what the library refuses we refuse, and what it does not look at too', async () => {
  const now = Date.now() / 1000;
  const cases = {
    'another secret': [await jwt('helper', {}, 'other'), false],
    'another app': [await jwt('helper', { aud: 'other' }), false],
    expired: [await jwt('helper', { exp: now - 11 }), false],
    'not valid yet': [await jwt('helper', { nbf: now + 11 }), false],
    'another issuer': [await jwt('helper', { iss: 'https://evil.myshopify.com/admin' }), true],
    'another destination': [await jwt('helper', { dest: 'https://evil.myshopify.com' }), true],
    'no shop': [await jwt('helper', { dest: 'https://evil.com', iss: 'https://evil.com/admin' }), true],
    nobody: [await jwt('helper', { sub: undefined }), true],
    'no id': [await jwt('helper', { jti: undefined }), true],
  };
  for (const [what, [token, libraryTakes]] of Object.entries(cases)) {
    assert.equal(await taken(() => shopify.session.decodeSessionToken(token)), libraryTakes, what);
    assert.equal((await show(token)).status, 401, what);
  }
  for (const late of [{ exp: now - 5 }, { nbf: now + 5 }]) assert.equal((await show(await jwt('helper', late))).status, 200);
});

test('a session token is good once; the library takes it again', async () => {
  const token = await jwt('helper');
  assert.equal((await show(token)).status, 200);
  assert.ok(await taken(() => shopify.session.decodeSessionToken(token)));
  assert.equal((await show(token)).status, 401);
});

test('granted scopes are enough where the library says so', async () => {
  const AuthScopes = shopify.config.scopes.constructor;
  const all = scopes.join(',');
  const grants = [all, all.replaceAll('read', 'write'), 'write_customers,read_orders,unauthenticated_write_content',
    ` ${all.replaceAll(',', ' , ')} `, `${all},write_products`, 'read_customers,read_orders', 'read_customers,read_orders,read_content',
    'read_customers,read_orders,write_content', 'unauthenticated_read_customers,read_orders,unauthenticated_read_content',
    'unauthenticated_write_customers,write_orders,unauthenticated_write_content', 'writes_customers,read_orders,unauthenticated_read_content'];
  const enough = grants.map((granted) => new AuthScopes(granted).has(scopes));
  assert.ok(enough.includes(true) && enough.includes(false));
  try {
    for (const [index, granted] of grants.entries()) {
      fake.grants = granted;
      const reply = await show(await jwt(`scopes-${index}`));
      assert.equal(reply.status, enough[index] ? 200 : 403, `${granted} ${JSON.stringify(reply.body)}`);
    }
  } finally {
    fake.grants = all;
  }
});

test('our token exchanges are, member by member, the library\'s', async () => {
  const token = await jwt('exchange');
  fake.take();
  assert.equal((await show(token)).status, 200);
  const ours = fake.take();
  const shop = 'exchange.myshopify.com';
  const theirs = [];
  for (const [requestedTokenType, expiring] of [[RequestedTokenType.OfflineAccessToken, true],
                                                [RequestedTokenType.OnlineAccessToken, false]])
    theirs.push(await askedByLibrary(
      () => shopify.auth.tokenExchange({ shop, sessionToken: token, requestedTokenType, expiring }),
      { access_token: 'a', scope: '' }));
  assert.deepEqual(ours, theirs);
});

test('our refreshes are the library\'s', async () => {
  fake.lives = 59;
  assert.equal((await show(await jwt('refresh'))).status, 200);
  fake.take();
  fake.lives = 3600;
  assert.equal((await show(await jwt('refresh'))).status, 200);
  const [ours, ...rest] = fake.take();
  assert.equal(rest.length, 1, 'one refresh, then who this is');
  const theirs = await askedByLibrary(
    () => shopify.auth.refreshToken({ shop: 'refresh.myshopify.com', refreshToken: ours.body.refresh_token }),
    { access_token: 'a', scope: '' });
  assert.deepEqual(ours, theirs);
});

test('the code grant sends people and asks for tokens as the library does', async () => {
  const shop = 'grant.myshopify.com';
  const own = new URL(server.origin).host;
  const app = library(false, own);
  const callbackPath = '/v1/shopify/callback';
  // The library as a server of its own, for both legs.
  const peer = createServer(async (req, res) => {
    const isOnline = req.url.startsWith('/online');
    const both = { rawRequest: req, rawResponse: res };
    try {
      if (req.url.startsWith(callbackPath)) {
        await app.auth.callback({ ...both, expiring: !req.url.includes('online') });
        res.end();
      } else await app.auth.begin({ shop, callbackPath, isOnline, ...both });
    } catch (error) {
      res.statusCode = 500;
      res.end(String(error));
    }
  });
  await new Promise((resolve) => peer.listen(0, '127.0.0.1', resolve));
  const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }; // robots get 410
  const at = `http://127.0.0.1:${peer.address().port}`;
  const place = (location) => {
    const url = new URL(location);
    const state = url.searchParams.get('state');
    assert.ok(state.length >= 40, 'a state that nobody guesses');
    url.searchParams.delete('state');
    return [url.origin + url.pathname, Object.fromEntries(url.searchParams), state];
  };
  try {
    let reply = await ask('GET', `/v1/shopify/install?${signed({ shop, host: 'YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvYQ==' })}`);
    for (const isOnline of [false, true]) {
      assert.equal(reply.status, 302, JSON.stringify(reply.body));
      const begun = await fetch(`${at}/${isOnline ? 'online' : 'offline'}`, { redirect: 'manual', headers: browser });
      const [ourPlace, ourFields, state] = place(reply.headers.location);
      const [theirPlace, theirFields, theirState] = place(begun.headers.get('location'));
      assert.equal(ourPlace, theirPlace);
      assert.deepEqual(ourFields, theirFields);
      // Shopify sends back; the library judges the same query, signed over its own state.
      const code = isOnline ? 'online-code' : 'offline-code';
      const cookie = begun.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
      const theirs = await askedByLibrary(
        () => fetch(`${at}${callbackPath}?${signed({ shop, code, state: theirState })}`, { headers: { ...browser, cookie } }),
        { access_token: 'a', scope: '' });
      fake.take();
      const back = signed({ shop, code, state });
      assert.ok(await app.utils.validateHmac(Object.fromEntries(back)), 'the library takes what we take');
      reply = await ask('GET', `${callbackPath}?${back}`, { Cookie: cookieOf(reply, '__Host-cordon_shopify_state') });
      const [ours] = fake.take();
      assert.deepEqual(ours, theirs);
    }
    assert.equal(reply.headers.location, '/console/sign-in#shopify');
    const back = { Cookie: cookieOf(reply, '__Host-cordon_link'), 'X-Cordon-Csrf': '1' };
    assert.ok(cookieOf(await ask('POST', '/v1/sign-in', back), '__Host-cordon_session')?.length > 60);
  } finally {
    await new Promise((resolve) => { peer.closeAllConnections(); peer.close(resolve); });
  }
});

test('OAuth queries: encoded as the library encodes, whole, and new', async () => {
  const shop = 'query.myshopify.com';
  const held = async (query) => {
    const ours = await ask('GET', `/v1/shopify/install?${query}`);
    assert.ok([302, 401].includes(ours.status), JSON.stringify(ours.body));
    return [ours.status === 302, await taken(() => shopify.utils.validateHmac(Object.fromEntries(query)))];
  };
  const both = [true, true], neither = [false, false];
  assert.deepEqual(await held(signed({ shop })), both);
  assert.deepEqual(await held(signed({ shop, host: 'a b/==', embedded: '0', 'x~': "é!'()*" })), both);
  assert.deepEqual(await held(signed({ shop, timestamp: seconds() - 91 })), neither);
  assert.deepEqual(await held(signed({ shop, timestamp: `${seconds()}.5` })), neither);
  assert.deepEqual(await held(signed({ shop, timestamp: `${seconds()}.0` })), [false, true], 'digits only, here');
  const raw = new URLSearchParams({ host: 'YQ==', shop, timestamp: seconds() });
  raw.set('hmac', hmac(`host=YQ==&shop=${shop}&timestamp=${raw.get('timestamp')}`));
  assert.deepEqual(await held(raw), neither, 'not raw, as the documentation shows it');
  const ruby = signed({ shop, host: 'a b' });
  ruby.delete('hmac');
  ruby.set('hmac', hmac(String(ruby)));
  assert.match(String(ruby), /host=a\+b/);
  assert.deepEqual(await held(ruby), neither, "not with '+', as the Ruby library would sign it");
  const more = signed({ shop });
  more.set('more', '1');
  assert.deepEqual(await held(more), neither);
});

test('shop domains: none that the library refuses, and fewer', async () => {
  for (const shop of ['a.myshopify.com.evil.com', '-a.myshopify.com', 'a.myshopify.com\n', 'https://a.myshopify.com']) {
    assert.equal(shopify.utils.sanitizeShop(shop), null, shop);
    assert.equal((await ask('GET', `/v1/shopify/install?${signed({ shop })}`)).body.field, 'shop', shop);
  }
  for (const shop of ['my_shop.myshopify.com', 'x.myshopify.com///', 'a.shopify.com']) {
    assert.ok(shopify.utils.sanitizeShop(shop), shop);
    assert.equal((await ask('GET', `/v1/shopify/install?${signed({ shop })}`)).body.field, 'shop', shop);
  }
  // An address of the admin names a shop to the library.
  assert.equal(shopify.utils.sanitizeShop('admin.shopify.com/store/a'), 'a.myshopify.com');
  assert.equal((await ask('GET', `/v1/shopify/install?${signed({ shop: 'admin.shopify.com/store/a' })}`)).body.field, 'shop');
  // Capitals are one tenant here, two keys there.
  assert.equal(shopify.utils.sanitizeShop('Case.myshopify.com'), 'Case.myshopify.com');
  const reply = await ask('GET', `/v1/shopify/install?${signed({ shop: 'Case.myshopify.com' })}`);
  assert.match(reply.headers.location, /^https:\/\/case\.myshopify\.com\//);
});

test('an app-proxy request that the helper signs yields a ticket, once a shop is here', async () => {
  const signedByHelper = async (fields, by = secret) => {
    const url = new URL(`https://app.example/v1/shopify/proxy/ticket?${new URLSearchParams(fields)}`);
    const made = await setUpValidRequest({ type: RequestType.Public, store: 'proxy', apiSecretKey: by }, new Request(url));
    return new URL(made.url);
  };
  const ticket = async (url) => ask('GET', url.pathname + url.search);
  const fields = { logged_in_customer_id: '191167', path_prefix: '/apps/cordon' };
  assert.equal((await ticket(await signedByHelper(fields))).status, 404);
  assert.equal((await show(await jwt('proxy'))).status, 200);
  const reply = await ticket(await signedByHelper(fields));
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  const visit = await ask('POST', '/v1/widget/shopify-visits',
    { 'Content-Type': 'application/json', Origin: 'https://proxy.myshopify.com' }, JSON.stringify({ ticket: reply.body.ticket }));
  assert.equal(visit.status, 200, JSON.stringify(visit.body));
  assert.equal((await ticket(await signedByHelper(fields, 'other'))).status, 401);
  assert.equal((await ticket(await signedByHelper({ ...fields, extra: '1' }))).body.field, 'extra');
});

test('what the app proxy signs is sorted as bytes; the library sorts names by locale', async () => {
  const shop = 'proxy.myshopify.com', timestamp = String(seconds());
  const fields = { B: '2', a: '1', 'a-b': '3', shop, timestamp };
  const rest = `shop=${shop}timestamp=${timestamp}`;
  const held = (signature) => taken(() => shopify.utils.validateHmac({ ...fields, signature }, { signator: 'appProxy' }));
  const documented = hmac(Object.entries(fields).map(([name, value]) => `${name}=${value}`).sort().join(''));
  assert.equal(documented, hmac(`B=2a-b=3a=1${rest}`));
  assert.equal(await held(documented), false);
  assert.equal(await held(hmac(`a=1a-b=3B=2${rest}`)), true);
  // Among Shopify's own names, which are all that we take, there is no such difference.
  const names = ['logged_in_customer_id', 'origin', 'path_prefix', 'shop', 'timestamp'];
  assert.deepEqual([...names].sort((one, other) => one.localeCompare(other)), names);
});

test('the app proxy signs two fields as it signs one; of those that a page may add, none is taken', async () => {
  const shop = 'proxy.myshopify.com', timestamp = String(seconds());
  const signature = hmac(`shop=${shop}timestamp=${timestamp}x=1y=2`);
  for (const fields of [{ x: '1', y: '2' }, { x: '1y=2' }]) {
    const query = { shop, timestamp, ...fields, signature };
    assert.ok(await shopify.utils.validateHmac(query, { signator: 'appProxy' }), 'the library takes both');
    const reply = await ask('GET', `/v1/shopify/proxy/ticket?${new URLSearchParams(query)}`);
    assert.equal(reply.status, 401);
    assert.equal(reply.body.field, 'x');
  }
});

test('a shopper has no way to another customer\'s number; the library would be fooled', async () => {
  // Nothing separates the fields of what is signed. The anonymous shopper chooses `a` ...
  const shop = 'proxy.myshopify.com', timestamp = String(seconds());
  const rest = `path_prefix=/apps/cordonshop=${shop}timestamp=${timestamp}`;
  const signature = hmac(`a=logged_in_customer_id=5${rest}z=logged_in_customer_id=${rest}`);
  const chosen = { a: `logged_in_customer_id=5${rest}z=`, logged_in_customer_id: '', path_prefix: '/apps/cordon', shop, timestamp, signature };
  assert.ok(await shopify.utils.validateHmac(chosen, { signator: 'appProxy' }), 'Shopify signs this for anybody');
  // ... and shows the same signature over fields that say it is customer 5.
  const forged = { a: '', logged_in_customer_id: '5', path_prefix: '/apps/cordon', shop, timestamp,
                   z: `logged_in_customer_id=${rest}`, signature };
  assert.ok(await shopify.utils.validateHmac(forged, { signator: 'appProxy' }), 'the library takes it');
  const reply = await ask('GET', `/v1/shopify/proxy/ticket?${new URLSearchParams(forged)}`);
  assert.equal(reply.status, 401);
  assert.equal(reply.body.field, 'a');
});
