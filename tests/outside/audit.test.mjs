// The published audit log, read by code of others: a small Go program around golang.org/x/mod/sumdb, as Debian has it. It
// has to find the log sound, and not a copy that was tampered with. Skips by itself where there is no Go, but for ctest.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { command, removeFolder, startServer, temporaryFolder } from '../e2e/cordon.mjs';

const packages = '/usr/share/gocode';
const there = !spawnSync('go', ['version']).error && existsSync(join(packages, 'src/golang.org/x/mod/sumdb/tlog'));
const skip = there || process.env.CORDON_REQUIRE_TOOLS === '1' ? false : 'there is no Go with golang.org/x/mod (Debian: golang-go, golang-golang-x-mod-dev)';

/** Builds the program with Debian's packages and without a network; returns its path. */
async function build(folder) {
  const program = join(folder, 'audit');
  await promisify(execFile)('go', ['build', '-o', program, './main.go'], {
    cwd: join(dirname(fileURLToPath(import.meta.url)), 'audit'),
    env: { ...process.env, GOPATH: packages, GO111MODULE: 'off', GOFLAGS: '', GOCACHE: process.env.GOCACHE ?? join(folder, 'go') },
  });
  return program;
}

/** Asks the server, over a few connections that stay; returns the answer's bytes. */
function reader(origin, ca) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca });
  const get = (path) =>
    new Promise((resolve, reject) => {
      const asked = request(new URL(path, origin), { agent }, async (answer) => {
        const pieces = [];
        for await (const piece of answer) pieces.push(piece);
        if (answer.statusCode === 200) resolve(Buffer.concat(pieces));
        else reject(new Error(`${path}: ${answer.statusCode}`));
      });
      asked.on('error', reject).end();
    });
  return { get, end: () => agent.destroy() };
}

const parts = (checkpoint) => /^(?<name>.+)\n(?<size>\d+)\n(?<root>.+)\n\n/.exec(checkpoint).groups;

/** Once the log has that many entries, its checkpoint. */
async function grown(get, size) {
  for (let tries = 0; tries < 100; ++tries) {
    const checkpoint = await get('/audit/checkpoint').then(String, () => '');
    if (checkpoint && parts(checkpoint).size >= size) return checkpoint;
    await pause(100);
  }
  throw new Error(`the log does not come to ${size} entries`);
}

/** A key of our own under the log's name: its vkey, and what it signs. */
function forger(name) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = Buffer.concat([Buffer.from([1]), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
  const id = createHash('sha256').update(`${name}\n`).update(key).digest().subarray(0, 4);
  return {
    vkey: `${name}+${id.toString('hex')}+${key.toString('base64')}`,
    checkpoint(size, root) {
      const text = `${name}\n${size}\n${root}\n`;
      const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]);
      return `${text}\n— ${name} ${signature.toString('base64')}\n`;
    },
  };
}

/** Serves what the server does, changed by `change(path, bytes)`, while `work(base)` runs. */
async function tampered(get, change, work) {
  const server = createServer((asked, reply) => {
    get(asked.url).then(
      (bytes) => reply.end(change(asked.url, bytes) ?? bytes),
      (error) => reply.writeHead(502).end(error.message),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${server.address().port}/audit`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A change of one bit of one answer. */
const flipped = (start, byte) => (path, bytes) => {
  if (!path.startsWith(start)) return;
  bytes[byte] ^= 1;
};

test('code of others finds the log sound, and what was tampered with not', { skip, timeout: 240_000 }, async (t) => {
  const folder = await temporaryFolder();
  const program = await build(folder);
  const server = await startServer(folder);
  const certificate = join(folder, 'tls/certificate.pem');
  const { get, end } = reader(server.origin, await readFile(certificate));
  try {
    await Promise.all(Array.from({ length: 600 }, () => get('/healthz')));
    const first = await grown(get, 600);
    const file = async (name, text) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const older = await file('first', first);
    const vkey = (await command(server, folder, 'audit', 'key')).trim();
    const check = (base, key, ...more) =>
      promisify(execFile)(program, [base, certificate, key, ...more]).then(
        ({ stdout }) => stdout,
        (error) => `exit ${error.code}: ${error.stderr}`,
      );
    const live = `${server.origin}/audit`;

    await t.test('by itself, and as what continues an older checkpoint', async () => {
      assert.match(await check(live, vkey), /^entries=\d{3,}\n$/);
      await Promise.all(Array.from({ length: 50 }, () => get('/healthz')));
      const size = Number(parts(first).size) + 50;
      await grown(get, size);
      const [, entries] = /^entries=(\d+)\n$/.exec(await check(live, vkey, older)) ?? [];
      assert.ok(entries >= size, `${entries} entries of ${size}`);
    });

    await t.test('a copy with one bit that is another', async () => {
      const failed = async (start, byte, sentence) =>
        assert.match(await tampered(get, flipped(start, byte), (base) => check(base, vkey)), sentence, start);
      await failed('/audit/tile/entries/000', 40, /^exit 1: entry 1 is not proven/);
      await failed('/audit/tile/entries/000', 0, /^exit 1: the bundle from entry 0 on is not 256 entries/);
      await failed('/audit/tile/0/000', 40, /^exit 1: entry 0 is not proven/);
      await failed('/audit/tile/0/001', 8191, /^exit 1: entry \d+ is not proven/);
      await failed('/audit/tile/0/002', 0, /^exit 1: entry \d+ is not proven/);
      await failed('/audit/tile/1/000.p/', 0, /^exit 1: entry 0 is not proven/);
      await failed('/audit/checkpoint', first.indexOf('\n') + 1, /^exit 1: the checkpoint is not the log's/);
      // What changes nothing is let through.
      assert.match(await tampered(get, () => undefined, (base) => check(base, vkey, older)), /^entries=\d+\n$/);
    });

    await t.test('another signer, another history and one that has gone back', async () => {
      const { name, size, root } = parts(first);
      const forged = forger(name);
      const resigned = (path, bytes) => {
        if (path !== '/audit/checkpoint') return;
        const now = parts(String(bytes));
        return forged.checkpoint(now.size, now.root);
      };
      const said = async (key, seen) => tampered(get, resigned, async (base) => check(base, key, await file('seen', seen)));
      assert.match(await said(vkey, first), /^exit 1: the checkpoint is not the log's/);
      assert.match(await check(live, vkey, await file('seen', forged.checkpoint(size, root))), /^exit 1: the older checkpoint is not the log's/);
      // An operator, who has the key, can sign anything; whoever saw the log before sees that it is another.
      assert.match(await said(forged.vkey, forged.checkpoint(size, root)), /^entries=\d+\n$/);
      const other = createHash('sha256').update('another history').digest('base64');
      assert.match(await said(forged.vkey, forged.checkpoint(size, other)), /^exit 1: the log does not continue its first \d+ entries/);
      assert.match(await said(forged.vkey, forged.checkpoint(1_000_000, root)), /^exit 1: the log has gone back from 1000000 entries/);
    });
  } finally {
    end();
    assert.equal(await server.stop(), 0);
    await removeFolder(folder);
  }
});
