// An S3 server to test against: s3rver keeps buckets and objects; in front of it stands what it leaves out and S3 does:
// signatures are verified (with aws4, a signer of its own), and If-Match, aborted uploads and parts that are too small.
import aws4 from 'aws4';
import crypto from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';

const region = 'eu-test-1';
const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
/** What need not be signed: the rest has to be. */
const left = ['authorization', 'connection', 'user-agent', 'expect', 'range', 'accept', 'content-length'];
const smallest = 5 << 20;

// s3rver makes the tokens of its pages with DES, which today's OpenSSL has only as triple DES; with one key three times
// that is the same.
for (const make of ['createCipheriv', 'createDecipheriv']) {
  const real = crypto[make];
  crypto[make] = (name, key, ...more) =>
    name === 'des' ? real('des-ede3-cbc', Buffer.concat([key, key, key]), ...more) : real(name, key, ...more);
}

class Refusal extends Error {
  constructor(status, code) {
    super(code);
    Object.assign(this, { status, code });
  }
}

async function bodyOf(message) {
  const pieces = [];
  for await (const piece of message) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Refuses what is not signed as SigV4 wants it, all headers that matter included. */
function verify({ method, url, headers }, body) {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/.*SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(headers.authorization ?? '');
  if (!given) throw new Refusal(403, 'AccessDenied');
  const names = given[2].split(';');
  const unsigned = Object.keys(headers).filter((name) => !names.includes(name) && !left.includes(name));
  if (unsigned.length > 0 || !names.includes('host')) throw new Refusal(403, 'UnsignedHeader');
  if (headers['x-amz-content-sha256'] !== crypto.createHash('sha256').update(body).digest('hex'))
    throw new Refusal(400, 'XAmzContentSHA256Mismatch');
  const signed = Object.fromEntries(names.map((name) => [name, headers[name]]));
  const ours = aws4.sign({ service: 's3', region, method, path: url, host: headers.host, headers: signed }, credentials);
  if (given[1] !== credentials.accessKeyId || !ours.headers.Authorization.endsWith(`Signature=${given[3]}`))
    throw new Refusal(403, 'SignatureDoesNotMatch');
}

/** Starts it with the bucket `objects`; `store(port)` is its URL for Cordon. */
export async function startS3() {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-s3-'));
  const data = join(folder, 'data');
  const store = new S3rver({ port: 0, silent: true, directory: data, configureBuckets: [{ name: 'objects' }] });
  const { port: inner } = await store.run();
  await writeFile(join(folder, 'credentials'), `${credentials.accessKeyId}\n${credentials.secretAccessKey}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'wrong'), `${credentials.accessKeyId}\nanother\n`, { mode: 0o600 });

  const uploads = join(data, 'objects', '._S3rver_uploads');
  const parts = async (id) => {
    const names = await readdir(join(uploads, id)).catch(() => []);
    return names.filter((name) => /^\d+$/.test(name)).sort((a, b) => a - b);
  };

  /** What s3rver does not do by itself; true if that was the answer. */
  async function before(method, url, reply) {
    const id = url.searchParams.get('uploadId');
    if (!id) return false;
    if ((await parts(id)).length === 0 && method === 'POST') throw new Refusal(404, 'NoSuchUpload');
    if (method === 'POST')
      for (const part of (await parts(id)).slice(0, -1))
        if ((await stat(join(uploads, id, part))).size < smallest) throw new Refusal(400, 'EntityTooSmall');
    if (method !== 'DELETE') return false;
    await rm(join(uploads, id), { recursive: true, force: true });
    reply.writeHead(204).end();
    return true;
  }

  async function answer(asked, reply) {
    const body = await bodyOf(asked);
    verify(asked, body);
    if (await before(asked.method, new URL(asked.url, 'http://s3'), reply)) return;
    const inside = await new Promise((resolve, reject) => {
      const { method, headers } = asked;
      request({ port: inner, method, path: asked.url, headers: { ...headers, 'content-length': body.length } }, resolve)
        .on('error', reject)
        .end(body);
    });
    const wanted = asked.headers['if-match'];
    if (wanted && inside.headers.etag && wanted !== inside.headers.etag) {
      inside.destroy();
      throw new Refusal(412, 'PreconditionFailed');
    }
    reply.writeHead(inside.statusCode, inside.headers);
    inside.pipe(reply);
  }

  const front = createServer((asked, reply) => {
    answer(asked, reply).catch((error) => {
      if (!error.status) reply.destroy(error);
      else reply.writeHead(error.status).end(`<?xml version="1.0"?>\n<Error><Code>${error.code}</Code></Error>`);
    });
  });
  // This one goes down for good in the middle of an upload's second part.
  const dying = createServer((asked, reply) => {
    if (!asked.url.includes('partNumber=2')) return front.emit('request', asked, reply);
    asked.once('data', () => {
      dying.close();
      dying.closeAllConnections();
    });
  });
  // This one is too busy for whatever it is asked for the first time.
  const known = new Set();
  const busy = createServer((asked, reply) => {
    const what = `${asked.method} ${asked.url}`;
    if (known.has(what)) return front.emit('request', asked, reply);
    known.add(what);
    asked.resume().once('end', () => reply.writeHead(503).end('<Error><Code>SlowDown</Code></Error>'));
  });
  const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
  const url = (port, bucket = 'objects', file = 'credentials') =>
    `s3:http://127.0.0.1:${port}/${bucket}?region=${region}&credentials=${join(folder, file)}`;
  const port = await listen(front);
  return {
    environment: {
      CORDON_S3: url(port),
      CORDON_S3_WRONG: url(port, 'objects', 'wrong'),
      CORDON_S3_NO_BUCKET: url(port, 'nothing'),
      CORDON_S3_BUSY: url(await listen(busy)),
      CORDON_S3_DYING: url(await listen(dying)),
    },
    /** How many uploads have been begun and neither completed nor aborted. */
    unfinished: async () => (await readdir(uploads).catch(() => [])).length,
    async stop() {
      for (const server of [front, busy, dying]) {
        server.close();
        server.closeAllConnections();
      }
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
