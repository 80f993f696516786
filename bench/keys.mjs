// keys: closing and opening fields against OpenSSL's own speed, the API with and without encryption, closing rows anew, and
// a large object.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { removeFolder } from '../tests/e2e/cordon.mjs';
import { signIn, timedWrk, wrk } from './api.mjs';
import { figure, interleave, median, ratios } from './report.mjs';
import { otherWorld } from './seed.mjs';

const rounds = 7, seconds = 2;
const conversations = Number(process.env.CORDON_BENCH_ROTATE ?? 25_000);  // of 40 messages each
const program = (name) => join(dirname(process.env.CORDON_BINARY), name);

/** AES-256-GCM of so many bytes, by OpenSSL's own benchmark: blocks a second on one core. */
function openssl(bytes) {
  const out = execFileSync('openssl', ['speed', '-seconds', String(seconds), '-bytes', String(bytes), '-evp', 'aes-256-gcm'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return (Number(/AES-256-GCM\s+([\d.]+)k/i.exec(out)[1]) * 1000) / bytes;
}

/** Half of what is closed and opened one after the other: how often either happens a second. */
function ours(bytes) {
  const { closed_per_s: closed, opened_per_s: opened } = JSON.parse(execFileSync(program('cordon_bench_keys'), ['seal', '--size', String(bytes), '--seconds', String(seconds)], { encoding: 'utf8' }));
  return 2 / (1 / closed + 1 / opened);
}

async function sealing() {
  const sides = { ours1k: () => ours(1024), openssl1k: () => openssl(1024), ours64: () => ours(64), openssl64: () => openssl(64) };
  const { ours1k, openssl1k, ours64, openssl64 } = await interleave(rounds, sides);
  return {
    'keys.seal1k_over_openssl': figure(ratios(ours1k, openssl1k), 'ratio', { atLeast: 0.8 }),
    'keys.seal64_over_openssl': figure(ratios(ours64, openssl64), 'ratio'),
    'keys.seal1k_per_s': figure(ours1k, 'closed or opened a second, one core'),
  };
}

async function api(world) {
  const plain = await otherWorld('cordon_bench_plain', 'cordon_bench_keys_plain');  // the same without encryption
  try {
    const sides = {};
    for (const [name, of] of Object.entries({ closed: world, plain })) sides[name] = wrk({ origin: of.server.origin, token: await signIn(of) }, of.conversations);
    for (const side of Object.values(sides)) await side();  // a round that does not count
    const measured = await interleave(rounds, sides);
    return {
      'keys.api_over_plain': figure(ratios(measured.closed, measured.plain), 'ratio', { atLeast: 0.9 }),
      'keys.api_per_s': figure(measured.closed, 'answers/s'),
      'keys.api_plain_per_s': figure(measured.plain, 'answers/s'),
    };
  } finally {
    await plain.server.stop();
    await removeFolder(plain.folder);
  }
}

const all = (rounds, key) => rounds.map((round) => round[key]);

/** A shop with a million messages, whose data subjects get new keys and whose rows are closed anew, while the API goes on. */
async function rotation(world) {
  world.psql('cordon_admin', `
    INSERT INTO commerce.visitor (tenant_id, visitor_id) SELECT '${world.tenant}', gen_random_uuid() FROM generate_series(1, ${conversations});
    INSERT INTO commerce.conversation (tenant_id, conversation_id, visitor_id, last_seq, preview, last_author)
    SELECT tenant_id, gen_random_uuid(), visitor_id, 40, textsend('Is it in stock?'), 'visitor' FROM commerce.visitor v
     WHERE tenant_id = '${world.tenant}' AND NOT EXISTS (SELECT FROM commerce.conversation c WHERE c.tenant_id = v.tenant_id AND c.visitor_id = v.visitor_id);
    INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, client_id, body)
    SELECT tenant_id, conversation_id, seq, gen_random_uuid(), visitor_id, 'visitor', gen_random_uuid(), textsend(left(repeat('Do you have the blue jacket in size M? ', 6), 20 + (seq * 37 + 11) % 200))
      FROM commerce.conversation c, generate_series(1, 40) AS seq
     WHERE tenant_id = '${world.tenant}' AND NOT EXISTS (SELECT FROM commerce.message m WHERE m.tenant_id = c.tenant_id AND m.conversation_id = c.conversation_id);`);
  execFileSync(program('cordon_bench_keys'), ['close', '--data', world.folder]);
  world.psql('cordon_admin', 'VACUUM commerce.message');
  const rows = Number(world.psql('cordon_admin', `SELECT count(*) FROM commerce.message WHERE tenant_id = '${world.tenant}'`));
  const side = timedWrk({ origin: world.server.origin, token: await signIn(world) }, world.conversations);
  const before = [];
  for (let i = 0; i < 3; ++i) before.push(await side());
  const quiet = median(all(before, 'perSecond'));
  const start = Date.now();
  let took = 0;
  const renewed = promisify(execFile)(program('cordon_bench_keys'), ['renew', '--data', world.folder, '--shop', world.shop], { maxBuffer: 1 << 24 }).then(() => (took = (Date.now() - start) / 1000 - 5));
  const during = [];
  while (took === 0) during.push(await side());
  await renewed;
  console.log(`  ${rows} rows in ${took.toFixed(1)} s; answers/s before ${Math.round(quiet)}, meanwhile ${Math.round(median(all(during, 'perSecond')))}`);
  return {
    'keys.rotate_rows_per_s': figure([rows / took], 'messages/s, closed anew beside 128 connections that read'),
    'keys.rotate_api_over_quiet': figure(all(during, 'perSecond').map((rate) => rate / quiet), 'ratio'),
    'keys.quiet_p50_ms': figure(all(before, 'p50'), 'ms, half of the answers, before'),
    'keys.rotate_p50_ms': figure(all(during, 'p50'), 'ms, meanwhile'),
    'keys.quiet_p99_ms': figure(all(before, 'p99'), 'ms, 99 % of the answers, before'),
    'keys.rotate_p99_ms': figure(all(during, 'p99'), 'ms, meanwhile'),
  };
}

function objects() {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'));
  try {
    const measured = JSON.parse(execFileSync(program('cordon_bench_objects'), ['--folder', join(folder, 'store')], { encoding: 'utf8' }));
    return {
      'keys.object_peak_mib': figure([measured.object_peak_mib], 'MiB, 1 GiB through put and get', { atMost: 64 }),
      'keys.object_put_mib_per_s': figure([measured.object_put_mib_per_s], 'MiB/s'),
      'keys.object_get_mib_per_s': figure([measured.object_get_mib_per_s], 'MiB/s'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function measure(world) {
  return { ...(await sealing()), ...objects(), ...(await api(world)), ...(await rotation(world)) };
}
