// identity: verifying tokens against OpenSSL's own speed, revoking across two processes, refreshing under load.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { removeFolder, temporaryFolder } from '../tests/e2e/cordon.mjs';
import { figure, ratios } from './report.mjs';
import { replica } from './seed.mjs';

const rounds = 7, seconds = 2, revocations = 40, clients = 32, refreshSeconds = 10;

/** Runs the load with `tokens` on its standard input, and returns its lines. */
async function load(args, tokens = []) {
  const child = spawn(join(dirname(process.env.CORDON_BINARY), 'cordon_bench_identity'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  child.stdin.end(tokens.join('\n'));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`cordon_bench_identity ended with ${code}`);
  return lines;
}

/** Sessions of a shop's owner, each signed in as a program does, by a one-use link. */
async function sessions(world, count) {
  const links = Array.from({ length: count }, () => randomBytes(32).toString('base64url'));
  const owner = crypto.randomUUID();
  world.psql('cordon_admin', `INSERT INTO identity.member VALUES ('${world.tenant}', '${owner}', 'Owner', 'owner');` +
    links.map((link) => `INSERT INTO identity.one_use (digest, purpose, tenant_id, subject_id, expires_at) VALUES (sha256('${link}'), 'sign-in', '${world.tenant}', '${owner}', now() + interval '1 hour');`).join(''));
  const opened = [];
  for (const link of links) opened.push(await post(`${world.server.origin}/v1/sign-in`, { link, keep: 'token' }));
  return opened;
}

function post(url, content) {
  const body = JSON.stringify(content);
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers, rejectUnauthorized: false }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text));
    }).on('error', reject).end(body);
  });
}

/** Ed25519 verifications a second on one core, by OpenSSL's own benchmark. */
function openssl() {
  const out = execFileSync('openssl', ['speed', '-seconds', String(seconds), 'ed25519'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return Number(/253 bits EdDSA \(Ed25519\)\s+\S+\s+\S+\s+\S+\s+([\d.]+)/.exec(out)[1]);
}

async function verifying() {
  const folder = await temporaryFolder();
  const ours = [], theirs = [];
  for (let i = 0; i < rounds; ++i) {
    theirs.push(openssl());
    ours.push((await load(['verify', '--folder', folder, '--rounds', '1', '--seconds', String(seconds)]))[0].verify_per_s);
    console.log(`  round ${i + 1} of ${rounds}: verified ${Math.round(ours.at(-1))}, openssl ${Math.round(theirs.at(-1))}`);
  }
  await removeFolder(folder);
  return { 'identity.verify_over_openssl': figure(ratios(ours, theirs), 'ratio'), 'identity.verify_per_s': figure(ours, 'tokens/s, one core') };
}

/** Staff who sign in with their passwords, against the library's speed on the same cores. */
async function passwords(world) {
  const hash = execFileSync(join(dirname(process.env.CORDON_BINARY), 'cordon_bench_identity'), ['hash'], { encoding: 'utf8' }).trim();
  const emails = Array.from({ length: 8 }, (_, i) => `bench-${i}@cordon.test`);
  execFileSync(join(dirname(process.env.CORDON_BINARY), 'cordon_bench_keys'), ['staff', '--data', world.folder, '--hash', hash, ...emails]);
  const server = ['--here', String(world.server.port), '--trust-here', join(world.folder, 'tls', 'certificate.pem')];
  const ours = [], theirs = [];
  for (let i = 0; i < rounds; ++i) {
    theirs.push((await load(['argon2', '--seconds', String(seconds)]))[0].argon2_per_s);
    ours.push((await load(['sign-in', '--seconds', String(seconds), ...server], emails))[0].sign_ins_per_s);
    console.log(`  round ${i + 1} of ${rounds}: signed in ${ours.at(-1).toFixed(1)}, library ${theirs.at(-1).toFixed(1)}`);
  }
  return { 'identity.argon2_over_library': figure(ratios(ours, theirs), 'ratio'), 'identity.sign_ins_per_s': figure(ours, 'sign-ins/s') };
}

export async function measure(world) {
  const results = { ...(await verifying()), ...(await passwords(world)) };
  const other = await replica(world.folder);
  try {
    const servers = [
      '--here', String(world.server.port), '--trust-here', join(world.folder, 'tls', 'certificate.pem'),
      '--there', String(other.server.port), '--trust-there', join(other.folder, 'tls', 'certificate.pem'),
    ];
    const opened = await sessions(world, revocations + clients);
    const revoked = await load(['revoke', ...servers], opened.slice(0, revocations).map((one) => one.access_token));
    const all = (key) => revoked.map((line) => line[key]);
    const families = opened.slice(revocations).map((one) => one.refresh_token);
    const [refreshed] = await load(['refresh', '--seconds', String(refreshSeconds), ...servers], families);
    console.log(`  ${clients} clients, ${refreshed.lost_answers} answers lost`);
    return {
      ...results,
      'identity.revoked_statement_ms': figure(all('revoked_statement_ms'), 'ms, sign-out to refusal on the other process'),
      'identity.revoked_socket_ms': figure(all('revoked_socket_ms'), 'ms, sign-out to close on the other process', { atMost: 100, every: true }),
      'identity.refresh_per_s': figure([refreshed.refresh_per_s], 'refreshes/s'),
      'identity.refresh_families_lost': figure([refreshed.refresh_families_lost], 'sessions', { atMost: 0 }),
    };
  } finally {
    await other.server.stop();
    await removeFolder(other.folder);
  }
}
