// A Shopify on loopback that Shopify's own library helps to judge: what our server asks, and answers that rotate.
import { execFileSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api';
import { setAbstractFetchFunc } from '@shopify/shopify-api/runtime';

export const clientId = 'testApiKey';
export const secret = 'testApiSecretKey';
export const scopes = ['read_customers', 'read_orders', 'unauthenticated_read_content'];

/** The library, as an app of the same registration as our server. */
export const library = (isEmbeddedApp = true, hostName = 'localhost') =>
  shopifyApi({
    apiKey: clientId,
    apiSecretKey: secret,
    scopes,
    hostName,
    hostScheme: 'https',
    apiVersion: ApiVersion.July26,
    isEmbeddedApp,
    logger: { level: LogSeverity.Error, log: () => {} },
  });

/** What the library itself asks Shopify while `work` runs: the last request, and Shopify is nowhere asked. */
export async function askedByLibrary(work, answer) {
  let asked;
  setAbstractFetchFunc(async (url, init) => {
    asked = request(new URL(url).host, new URL(url).pathname, init.headers, init.body);
    return new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } });
  });
  await work();
  return asked;
}

/** The parts of a request that count. */
const request = (host, path, headers, body) => {
  const lower = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), String(v)]));
  return { host, path, type: lower['content-type'], accept: lower.accept, body: JSON.parse(body) };
};

export const hmac = (message) => createHmac('sha256', secret).update(message).digest('hex');
export const seconds = () => Math.trunc(Date.now() / 1000);

/** A query as Shopify signs it for OAuth. */
export function signed(fields) {
  const query = new URLSearchParams({ timestamp: seconds(), ...fields });
  query.sort();
  query.set('hmac', hmac(query.toString().replaceAll('+', '%20')));
  return query;
}

/** Listens with a certificate of its own; `asked` lists what came. */
export async function startShopify(folder) {
  const [key, certificate] = ['key', 'certificate'].map((name) => join(folder, `shopify-${name}.pem`));
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=shopify', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
  ], { stdio: 'ignore' });
  const shopify = { asked: [], lives: 3600, grants: scopes.join(','), certificate, person: { id: 12345, account_owner: true } };
  const online = () => ({
    access_token: `shpua_${randomUUID()}`,
    scope: shopify.grants,
    expires_in: 86399,
    associated_user_scope: shopify.grants,
    associated_user: { first_name: 'Ann', last_name: 'Owner', email: 'ann@shop.example', email_verified: true, locale: 'en',
                       collaborator: false, ...shopify.person },
  });
  const offline = () => ({
    access_token: `shpat_${randomUUID()}`,
    scope: shopify.grants,
    expires_in: shopify.lives,
    refresh_token: `shprt_${randomUUID()}`,
    refresh_token_expires_in: 7776000,
  });
  const shop = { name: 'The Shop', currencyCode: 'EUR', primaryDomain: { url: 'https://www.shop.example' } };
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    const asked = request(req.headers.host, req.url, req.headers, body);
    shopify.asked.push(asked);
    const ofPerson = asked.body.requested_token_type?.includes('online') || asked.body.expiring === '0';
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify(asked.path.endsWith('graphql.json') ? { data: { shop } } : ofPerson ? online() : offline()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  shopify.origin = `https://127.0.0.1:${server.address().port}`;
  shopify.stop = () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); });
  /** What was asked of the token endpoint since the last look, without the shop's own name. */
  shopify.take = () => shopify.asked.splice(0).filter(({ path }) => path === '/admin/oauth/access_token');
  return shopify;
}
