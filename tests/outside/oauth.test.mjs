// An OAuth client that others wrote (openid-client) against the token endpoint of the services: it speaks RFC 8693 and
// authenticates by its certificate (RFC 8705), and judges what comes back.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as oauth from 'openid-client';
import { Agent, fetch } from 'undici';
import { openStores, removeFolder, source, startServer, temporaryFolder } from '../e2e/cordon.mjs';

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
let folder, server, shopper;

before(async () => {
  folder = await temporaryFolder();
  server = await startServer(folder, undefined, 0, '', true);
  await openStores(server, folder, join(source, 'data/demo'), 1);
  const visit = await fetch(`${server.origin}/v1/widget/visits`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: server.origin },
    body: JSON.stringify({ shop: 'aurora' }),
    dispatcher: new Agent({ connect: { rejectUnauthorized: false } }),
  });
  shopper = (await visit.json()).access_token;
});

after(async () => {
  assert.equal(await server.stop(), 0);
  await removeFolder(folder);
});

/** The client, as the service whose certificate it shows. */
async function client(service) {
  const said = (await readFile(join(folder, 'identity.log'), 'utf8')).split('\n').find((line) => line.includes('"serving"'));
  const { services } = JSON.parse(said);
  const own = await readFile(join(folder, 'services', `${service}.pem`));
  const dispatcher = new Agent({
    connect: { ca: await readFile(join(folder, 'ca/certificate.pem')), cert: own, key: own, servername: 'identity.cordon.internal' },
  });
  const configuration = new oauth.Configuration(
    { issuer: 'https://identity.cordon.internal', token_endpoint: `${services}/internal/token` },
    service,
    {},
    oauth.TlsClientAuth(),
  );
  configuration[oauth.customFetch] = (url, options) => fetch(url, { ...options, dispatcher });
  return (grant, fields) => oauth.genericGrantRequest(configuration, grant, fields);
}

const forShopper = (fields) => ({ subject_token: shopper, subject_token_type: accessToken, audience: 'worker', scope: 'answer', ...fields });
const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

test('exchanges a shopper’s token for one service’s, of one tenant and one kind of work', async () => {
  const ask = await client('chat');
  const issued = await ask(exchange, forShopper());
  assert.equal(issued.issued_token_type, accessToken);
  assert.equal(issued.token_type, 'bearer');
  assert.equal(issued.expires_in, 60);
  assert.equal(issued.scope, 'answer');
  const { aud, act, tid, scope, cnf } = claims(issued.access_token);
  assert.deepEqual({ aud, act, tid, scope }, { aud: 'worker', act: { sub: 'chat' }, tid: claims(shopper).tid, scope: 'answer' });
  assert.equal(cnf['x5t#S256'].length, 43);
});

test('gets the worker’s own token by client credentials', async () => {
  const ask = await client('worker');
  const issued = await ask('client_credentials', { audience: 'identity', scope: 'claim' });
  assert.equal(claims(issued.access_token).aud, 'identity');
});

test('understands each refusal', async () => {
  const [chat, api] = [await client('chat'), await client('api')];
  const refused = (error, work) => assert.rejects(work, (e) => e.error === error && e.status === 400 && e.error_description.length > 0);
  await refused('unauthorized_client', api(exchange, forShopper()));
  await refused('unauthorized_client', chat(exchange, forShopper({ audience: 'identity' })));
  await refused('invalid_grant', chat(exchange, forShopper({ subject_token: `${shopper}x` })));
  await refused('invalid_request', chat(exchange, forShopper({ subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' })));
  await refused('unsupported_grant_type', chat('password', forShopper()));
});
