// The published audit log, read by code of others: a small Go program around golang.org/x/mod/sumdb, as Debian has it. It
// has to find the log sound, and not a copy that was tampered with. Skips by itself where there is no Go, but for ctest.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { command, removeFolder, startServer, temporaryFolder } from '../e2e/cordon.mjs';
import { build, forger, grown, parts, reader, skip } from './audit_log.mjs';

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
  const program = await build(folder, 'audit');
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
