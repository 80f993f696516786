// api: GET of a conversation's 20 newest messages. Cordon over TLS 1.3, a Fastify peer over plain HTTP, and pgbench on the same SQL.
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { command } from '../tests/e2e/cordon.mjs';
import { sides as doorSides } from './door.mjs';
import { figure, interleave, ratios } from './report.mjs';

const run = promisify(execFile);
const rounds = 7, seconds = 3, connections = 128;
const source = new URL('.', import.meta.url).pathname;

/** An owner's access token, got as a person gets one: by a one-use sign-in link. */
export async function signIn({ server, folder, shop }) {
  const link = await command(server, folder, 'invite', shop);
  const body = JSON.stringify({ link: link.trim().split('#')[1] });
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const asked = request(`${server.origin}/v1/sign-in`, { method: 'POST', headers, rejectUnauthorized: false }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      response.statusCode === 200 ? resolve(JSON.parse(text).access_token) : reject(new Error(text));
    });
    asked.on('error', reject).end(body);
  });
}

/** A time as wrk prints it behind a share of the answers, in milliseconds. */
const latency = (out, share) => {
  const [, value, unit] = new RegExp(`^\\s+${share}%\\s+([\\d.]+)(us|ms|s)\\s*$`, 'm').exec(out);
  return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
};

/** Rounds of wrk on one server: answers a second, and how many milliseconds half and 99 % of them took at most. Each round reads the next conversation, as pgbench's rounds do. Anything but 200 is an error. */
export function timedWrk({ origin, token }, conversations, clients = connections) {
  let round = 0;
  return async () => {
    const url = `${origin}/v1/conversations/${conversations[round++ % conversations.length]}/messages?limit=20`;
    const { stdout } = await run('wrk', ['-t2', `-c${clients}`, `-d${seconds}s`, '--latency', '-H', `Authorization: Bearer ${token}`, url]);
    const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout);
    if (!rate || /Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
    return { perSecond: Number(rate[1]), p50: latency(stdout, 50), p99: latency(stdout, 99) };
  };
}

/** The same, answers a second only. */
export function wrk(server, conversations) {
  const timed = timedWrk(server, conversations);
  return async () => (await timed()).perSecond;
}

/** The peer as its libraries come, in one process; `tuned` adds a worker a core and the token cache, both off by default. */
async function startPeer(world, folder, tuned) {
  const directory = join(source, 'peers/fastify');
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: directory });
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(folder, 'peer.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  const port = 20000 + (process.pid % 20000) + (tuned ? 1 : 0);
  const settings = {
    host: join(world.folder, 'postgres', 'sockets'), user: 'cordon_api', database: 'cordon', port, workers: tuned ? availableParallelism() : 1, cache: tuned,
    connections: 6, key: join(folder, 'peer.pem'), statement: world.statement.replace('commerce.message', 'bench.message_peer'),
  };
  const child = spawn('node', ['server.mjs'], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_ENV: 'production', PEER: JSON.stringify(settings) } });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`the peer ended with ${code}`)));
  });
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'EdDSA', typ: 'JWT' })}.${part({ iss: 'peer', aud: 'peer', sub: crypto.randomUUID(), tid: world.tenant, iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 3600 })}`;
  const token = `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
  return { origin: `http://127.0.0.1:${port}`, token, stop: () => child.kill('SIGTERM') };
}

export async function measure(world) {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'));
  const peers = [];
  try {
    for (const tuned of [false, true]) peers.push(await startPeer(world, folder, tuned));
    const cordonSide = wrk({ origin: world.server.origin, token: await signIn(world) }, world.conversations);
    const [peerSide, tunedSide] = peers.map((peer) => wrk(peer, world.conversations));
    const { sealed } = doorSides(world, folder, seconds);
    await cordonSide();  // a round that does not count: connections to the database, the peer's JIT
    await peerSide();
    await tunedSide();
    const sides = { cordon: cordonSide, fastify: peerSide, tuned: tunedSide, pgbench: () => sealed().perSecond };
    const { cordon, fastify, tuned, pgbench } = await interleave(rounds, sides);
    return {
      'api.over_fastify': figure(ratios(cordon, fastify), 'ratio', { atLeast: 8 }),
      'api.over_fastify_tuned': figure(ratios(cordon, tuned), 'ratio'),
      'api.over_pgbench': figure(ratios(cordon, pgbench), 'ratio', { atLeast: 0.5 }),
      'api.cordon_per_s': figure(cordon, 'answers/s'),
      'api.fastify_per_s': figure(fastify, 'answers/s'),
      'api.fastify_tuned_per_s': figure(tuned, 'answers/s'),
      'api.pgbench_per_s': figure(pgbench, 'reads/s'),
    };
  } finally {
    for (const peer of peers) peer.stop();
    rmSync(folder, { recursive: true });
  }
}
