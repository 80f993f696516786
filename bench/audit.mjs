// audit: the API with and without events; events recorded, put into the log, looked for, proved and verified; what they take; another process going on with the log.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { removeFolder, temporaryFolder } from '../tests/e2e/cordon.mjs';
import { signIn, timedWrk } from './api.mjs';
import { figure, interleave, ratios } from './report.mjs';
import { otherWorld } from './seed.mjs';
import { takeover } from './takeover.mjs';

const rounds = 7, seconds = 2, clients = 16, searches = 3;
const events = Number(process.env.EVENTS || 2_000_000);
const source = new URL('.', import.meta.url).pathname;

async function api(world) {
  const off = await otherWorld('cordon_bench_unrecorded', 'cordon_bench_keys');
  try {
    const sides = {};
    for (const [name, of] of Object.entries({ on: world, off })) sides[name] = timedWrk({ origin: of.server.origin, token: await signIn(of) }, of.conversations, clients);
    for (const side of Object.values(sides)) await side();  // a round that does not count
    const measured = await interleave(rounds, sides, ({ perSecond }) => perSecond);
    const all = (side, key) => measured[side].map((round) => round[key]);
    const added = (key) => all('on', key).map((value, i) => value - all('off', key)[i]);
    return {
      'audit.api_over_off': figure(ratios(all('on', 'perSecond'), all('off', 'perSecond')), 'ratio, 16 clients', { atLeast: 0.9 }),
      'audit.api_per_s': figure(all('on', 'perSecond'), 'answers/s, 16 clients'),
      'audit.api_off_per_s': figure(all('off', 'perSecond'), 'answers/s, 16 clients'),
      'audit.added_latency_ms': figure(added('p50'), 'ms, 16 clients'),
      'audit.added_latency_p99_ms': figure(added('p99'), 'ms, 16 clients'),
    };
  } finally {
    await off.server.stop();
    await removeFolder(off.folder);
  }
}

/** Runs a command of the load on `folder`, and returns what it measured. */
function load(folder, ...args) {
  const program = join(dirname(process.env.CORDON_BINARY), 'cordon_bench_audit');
  return JSON.parse(execFileSync(program, ['--data', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 }));
}

function sealing(folder) {
  const { size, sealed_per_s, read_us, hash_us } = load(folder, 'seal');
  console.log(`  ${size} events put into the log`);
  return {
    'audit.sealed_per_s': figure([sealed_per_s], 'events/s', { atLeast: 100_000 }),
    'audit.seal_read_us': figure([read_us], 'us an event: PostgreSQL reads and hashes it'),
    'audit.seal_hash_us': figure([hash_us], 'us an event: leaf and tree'),
  };
}

const p95 = (values) => [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1];

function searching(folder) {
  const measured = Array.from({ length: searches }, () => load(folder, 'search'));
  const results = { 'audit.search_p95_ms': figure(measured.map((round) => p95(Object.values(round).flatMap(({ ms }) => ms))), 'ms, all kinds', { atMost: 200 }) };
  for (const kind of Object.keys(measured[0])) {
    const failed = measured.reduce((sum, round) => sum + round[kind].failed, 0);
    results[`audit.search_${kind}_p95_ms`] = figure(measured.map((round) => p95(round[kind].ms)), failed ? `ms; ${failed} broken off` : 'ms');
  }
  return results;
}

function proving(folder) {
  const { proof_bytes, proof_ms, verified_per_s, table_bytes, index_bytes, tree_bytes } = load(folder, 'prove');
  return {
    'audit.proof_bytes': figure([proof_bytes], 'bytes, the largest'),
    'audit.proof_ms': figure(proof_ms, 'ms'),
    'audit.verify_per_s': figure([verified_per_s], 'entries/s, against the events'),
    'audit.storage_bytes_per_event': figure([(table_bytes + index_bytes + tree_bytes) / events], 'bytes'),
    'audit.index_bytes_per_event': figure([index_bytes / events], 'bytes of these'),
    'audit.tree_bytes_per_event': figure([tree_bytes / events], 'bytes of these'),
  };
}

function recording(folder) {
  const recorded = [], plain = [];
  for (let i = 0; i < rounds; ++i) {
    const measured = load(folder, 'record', '--seconds', String(seconds));
    recorded.push(measured.recorded_per_s);
    plain.push(measured.plain_per_s);
    console.log(`  round ${i + 1} of ${rounds}: recorded ${recorded.at(-1)}, into a plain table ${plain.at(-1)}`);
  }
  return {
    'audit.durable_per_s': figure(recorded, 'events/s, 512 callers'),
    'audit.durable_plain_per_s': figure(plain, 'events/s, into a plain table'),
    'audit.durable_over_plain': figure(ratios(recorded, plain), 'ratio'),
  };
}

export async function measure(world) {
  const results = { ...(await api(world)), ...(await takeover(world)) };
  const folder = await temporaryFolder();
  try {
    const filled = load(folder, 'fill', '--script', join(source, 'audit.sql'), '--events', String(events));
    console.log(`  ${events} events made in ${filled.seconds} s, indexed in ${filled.indexed} s`);
    results['audit.events'] = figure([events], `events of 30 days and 200 shops, made in ${filled.seconds} s`);
    // Recorded events last: they are of today and of one shop, and would stand in every search's way.
    return { ...results, ...sealing(folder), ...searching(folder), ...proving(folder), ...recording(folder) };
  } finally {
    await removeFolder(folder);
  }
}
