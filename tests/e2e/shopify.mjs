// A shop of Shopify's on loopback: it answers as Shopify's API for the app, serves the storefront's page with the chat in it,
// and passes what the page asks of `/apps/assistant` on to the app, signed, as Shopify's app proxy does.
import { execFileSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { join } from 'node:path';

export const name = 'cotton-shop';
const domain = `${name}.myshopify.com`;
const clientId = 'cordon-e2e', secret = 'hush';
const seconds = () => Math.trunc(Date.now() / 1000);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What Shopify signs: every field, sorted, with nothing in between. */
function signed(fields) {
  const message = Object.entries(fields).map(([field, value]) => `${field}=${value}`).sort().join('');
  return new URLSearchParams({ ...fields, signature: createHmac('sha256', secret).update(message).digest('hex') });
}

/** An address of the app with what Shopify says there: a query that it signs for OAuth, encoded, with its fields sorted. */
function signedLink(address, fields) {
  const query = new URLSearchParams({ ...fields, host: 'YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvYQ==', shop: domain, timestamp: seconds() });
  query.sort();
  query.set('hmac', createHmac('sha256', secret).update(query.toString()).digest('hex'));
  return `${address}?${query}`;
}

/** App Bridge's token of the shop's owner. */
export function sessionToken() {
  const now = seconds();
  const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({
    ...{ iss: `https://${domain}/admin`, dest: `https://${domain}`, aud: clientId, sub: '4711' },
    ...{ exp: now + 60, nbf: now - 1, iat: now, jti: randomUUID(), sid: randomUUID() },
  })}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const token = (online) => ({
  access_token: `shp_${randomUUID()}`,
  scope: 'read_customers',
  expires_in: 3600,
  ...(online
    ? { associated_user_scope: 'read_customers', associated_user: { id: 4711, first_name: 'Ann', last_name: 'Owner',
        email: 'ann@shop.example', email_verified: true, locale: 'en', account_owner: true, collaborator: false } }
    : { refresh_token: `shprt_${randomUUID()}`, refresh_token_expires_in: 7776000 }),
});

/** The shop, before the app has a server: `options` make a server be its app, `attach` tells it which one is. */
export async function startShop(folder) {
  const [key, certificate] = ['key', 'certificate'].map((file) => join(folder, `shop-${file}.pem`));
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=shop'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', certificate],
  ], { stdio: 'ignore' });
  writeFileSync(join(folder, 'secret'), secret);
  const shop = { app: null, origin: '', proxyFails: false, proxied: [] };

  /** Cookies stay with the shop; which customer they are of, Shopify says. */
  function passOn(req, res) {
    const url = new URL(req.url, shop.origin);
    const customer = /customer=(\d+)/.exec(req.headers.cookie ?? '')?.[1] ?? '';
    shop.proxied.push(customer);
    if (shop.proxyFails) return res.writeHead(502).end('<!doctype html>');
    const query = signed({ ...Object.fromEntries(url.searchParams), shop: domain, path_prefix: '/apps/assistant',
                           timestamp: seconds(), logged_in_customer_id: customer });
    const path = `/v1/shopify/proxy${url.pathname.slice('/apps/assistant'.length)}?${query}`;
    return request(shop.app.origin + path, { ca: readFileSync(shop.app.certificate) }, (answer) => {
      res.writeHead(answer.statusCode, { 'Content-Type': answer.headers['content-type'] });
      answer.pipe(res);
    }).end();
  }

  function page(res) {
    const { origin } = shop.app;
    res.setHeader('Content-Type', 'text/html');
    res.setHeader('Content-Security-Policy', `default-src 'none'; script-src ${origin}; connect-src 'self' ${origin} ${origin.replace('https', 'wss')}`);
    res.end(`<!doctype html><html lang="en"><title>Cotton</title><h1>Cotton</h1><script src="${origin}/widget.js" data-shop="${name}" data-proxy="/apps/assistant" defer></script>`);
  }

  /** The admin with the app in a frame. */
  const admin = (res) => {
    res.setHeader('Content-Type', 'text/html');
    const address = signedLink(`${shop.app.origin}/v1/shopify/install`, { embedded: '1' }).replaceAll('&', '&amp;');
    res.end(`<!doctype html><html lang="en"><title>Admin</title><iframe title="app" width="1200" height="700" src="${address}"></iframe>`);
  };

  /** Where people say yes, which they do at once. */
  const authorize = (req, res) => {
    const asked = new URL(req.url, shop.origin).searchParams;
    const back = signedLink(asked.get('redirect_uri'), { code: randomUUID(), state: asked.get('state') });
    res.writeHead(302, { Location: back }).end();
  };

  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, async (req, res) => {
    if (req.url.startsWith('/apps/assistant/')) return passOn(req, res);
    if (req.headers.host === 'admin.shopify.com') return admin(res);
    if (req.url.startsWith('/admin/oauth/authorize?')) return authorize(req, res);
    if (req.method === 'GET') return page(res);
    let body = '';
    for await (const chunk of req) body += chunk;
    res.setHeader('Content-Type', 'application/json');
    if (req.url.endsWith('graphql.json'))
      return res.end(JSON.stringify({ data: { shop: { name: 'Cotton', currencyCode: 'EUR', primaryDomain: { url: shop.origin } } } }));
    return res.end(JSON.stringify(token(JSON.parse(body).expiring === '0')));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  shop.origin = `https://localhost:${server.address().port}`;
  shop.options = ['--shopify-client-id', clientId, '--shopify-secret-file', join(folder, 'secret'), '--shopify-scopes', 'read_customers',
                  '--shopify-base', `https://127.0.0.1:${server.address().port}`, '--shopify-trust', certificate];
  shop.attach = (origin, certificateOfApp) => { shop.app = { origin, certificate: certificateOfApp }; };
  /** Where the app opens in a window of its own. */
  shop.installLink = () => signedLink(`${shop.app.origin}/v1/shopify/install`, {});
  /** The owner opens the app: installs it, and gets an access token. */
  shop.open = () => new Promise((resolve, reject) => {
    const asking = request(`${shop.app.origin}/v1/shopify/session`, {
      method: 'POST', ca: readFileSync(shop.app.certificate),
      headers: { Authorization: `Bearer ${sessionToken()}`, 'Content-Type': 'application/json' },
    }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      if (answer.statusCode === 200) resolve(JSON.parse(text).access_token);
      else reject(new Error(text));
    });
    asking.on('error', reject);
    asking.end('{}');
  });
  shop.stop = () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); });
  return shop;
}
