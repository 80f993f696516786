// THC Hydra, as Debian has it, against staff's login: it finds a password that stands first in its list, and does not get to
// one that stands further down; meanwhile the account's owner comes in.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { command, removeFolder, startServer, temporaryFolder } from './cordon.mjs';

const skip = spawnSync('hydra', ['-h']).error !== undefined && process.env.CORDON_REQUIRE_TOOLS !== '1';
const password = 'marmaladeatseven';
let folder, server;

before(async () => {
  folder = await temporaryFolder();
  // The gateway's own limit is put out of the way: what has to hold is the throttle behind it.
  server = await startServer(folder, ['--rate-scale', '1000000']);
});

after(async () => {
  assert.equal(await server.stop(), 0);
  await removeFolder(folder);
});

process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

async function post(path, body, cookie = '') {
  const response = await fetch(`${server.origin}/v1/staff/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Cookie: cookie },
    body: JSON.stringify(body),
  });
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  return { status: response.status, body: await response.json(), device: cookies.find((c) => c.includes('device')) ?? '' };
}

/** A colleague with a password and an authenticator app; returns the cookie of the browser that they used. */
async function colleague(email) {
  const link = (await command(server, folder, 'staff', 'invite', email, 'support')).trim().split('#')[1];
  const { body } = await post('accept', { invitation: link, password });
  const { stdout } = await promisify(execFile)('oathtool', ['--totp', '-b', body.enrol.totp_secret]);
  return (await post('enrol', { challenge: body.challenge, method: 'totp', code: stdout.trim() })).device;
}

/** Lets hydra try a list of passwords for so many seconds, so many at a time; what it says it found. */
async function hydra(email, passwords, seconds, tasks) {
  const list = join(folder, 'passwords');
  await writeFile(list, passwords.join('\n'));
  const form = `/v1/staff/sign-in:{"email"\\:"${email}","password"\\:"^PASS^"}:g=/:H=Content-Type\\: application/json:S=challenge`;
  const { stdout } = await promisify(execFile)(
    'timeout',
    ['-s', 'INT', String(seconds), 'hydra', '-l', 'x', '-P', list, '-t', String(tasks), '-w', '15', '-I', '-f', '-s', String(server.port), '127.0.0.1', 'https-post-form', form],
    { cwd: folder },
  ).catch((error) => error);
  return /password: (\S+)/.exec(stdout ?? '')?.[1] ?? null;
}

const wrong = (count) => Array.from({ length: count }, (_, i) => `wrongwrong${i}`);

test('hydra finds the password where nothing holds it up, so that it does speak our login', { skip }, async () => {
  await colleague('first@staff.example');
  // One at a time: beside others the right one might come after enough wrong ones to have to wait.
  assert.equal(await hydra('first@staff.example', [password, ...wrong(20)], 60, 1), password);
});

test('hydra does not get through a list, and the owner is not held up by it', { skip }, async () => {
  const device = await colleague('second@staff.example');
  const [found, owner] = await Promise.all([
    hydra('second@staff.example', [...wrong(40), password, ...wrong(5)], 20, 8),
    new Promise((resolve) => setTimeout(resolve, 10_000)).then(() =>
      post('sign-in', { email: 'second@staff.example', password }, device),
    ),
  ]);
  assert.equal(found, null);
  assert.equal(owner.status, 200);
  const stranger = await post('sign-in', { email: 'second@staff.example', password });
  assert.equal(stranger.status, 429, 'from where hydra tries, the right password waits too');
});
