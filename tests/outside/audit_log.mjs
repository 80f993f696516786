// What tests of the published audit log share: Go programs with Debian's packages, and a reader of what the server publishes.
import { execFile, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const packages = '/usr/share/gocode';
const there = !spawnSync('go', ['version']).error && existsSync(join(packages, 'src/golang.org/x/mod/sumdb/tlog'));
export const skip = there || process.env.CORDON_REQUIRE_TOOLS === '1' ? false : 'there is no Go with golang.org/x/mod (Debian: golang-go, golang-golang-x-mod-dev)';

/** Builds the Go program in the folder of that name with Debian's packages and without a network; returns its path. */
export async function build(folder, name) {
  const program = join(folder, `${name}-program`);
  await promisify(execFile)('go', ['build', '-o', program, './main.go'], {
    cwd: join(dirname(fileURLToPath(import.meta.url)), name),
    env: { ...process.env, GOPATH: packages, GO111MODULE: 'off', GOFLAGS: '', GOCACHE: process.env.GOCACHE ?? join(folder, 'go') },
  });
  return program;
}

/** Asks the server, over a few connections that stay; returns the answer's bytes. */
export function reader(origin, ca) {
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

/** What `get` finds once `done` says of it that it will do; `what` is waited for. */
export async function until(what, get, done) {
  for (let tries = 0; tries < 600; ++tries) {
    const found = await get();
    if (done(found)) return found;
    await pause(100);
  }
  throw new Error(`${what}: it does not come to that`);
}

export const parts = (checkpoint) => /^(?<name>.+)\n(?<size>\d+)\n(?<root>.+)\n\n/.exec(checkpoint).groups;

/** Once the log has that many entries, its checkpoint. */
export const grown = (get, size) =>
  until(`${size} entries`, () => get('/audit/checkpoint').then(String, () => ''), (checkpoint) => checkpoint && parts(checkpoint).size >= size);

/** A key of our own under the log's name: its vkey, and what it signs. */
export function forger(name) {
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
