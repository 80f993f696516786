// Figures of several rounds, where they were taken, and the table that is printed of them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const round = (value) => Number(value.toPrecision(value >= 1000 ? 6 : 3));

/**
 * One result: the median of its rounds. `limit` is { atLeast } or { atMost }, which the median is held to, and with { every: true } each
 * round; figures without one only inform.
 */
export function figure(rounds, unit, limit = {}) {
  return { value: round(median(rounds)), unit, rounds: rounds.length, min: round(Math.min(...rounds)), max: round(Math.max(...rounds)), ...limit };
}

/** Runs every side once in each round, in turn, so that whatever else the machine does meets all of them alike. */
export async function interleave(count, sides, shown = (value) => value) {
  const measured = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let i = 0; i < count; ++i) {
    // Every other round runs backwards: no side is always the one after an idle moment.
    const order = Object.keys(sides);
    if (i % 2) order.reverse();
    for (const name of order) measured[name].push(await sides[name]());
    process.stdout.write(`  round ${i + 1} of ${count}: ${Object.entries(measured).map(([name, all]) => `${name} ${round(shown(all.at(-1)))}`).join(', ')}\n`);
  }
  return measured;
}

/** The ratio of two sides, round by round. */
export const ratios = (over, under) => over.map((value, i) => value / under[i]);

const firstLine = (program, ...args) => {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0].trim();
  } catch (error) {
    return (error.stdout ?? '').split('\n')[0].trim() || 'unknown';  // wrk prints its version with status 1
  }
};

export async function environment() {
  return {
    at: new Date().toISOString(),
    machine: { cpu: cpus()[0].model.trim(), cores: cpus().length, kernel: firstLine('uname', '-r'), load_average: loadavg().map((x) => Number(x.toFixed(2))) },
    versions: {
      cordon: /project\(cordon VERSION (\S+)/.exec(readFileSync('CMakeLists.txt', 'utf8'))[1],
      commit: firstLine('git', 'describe', '--always', '--dirty'),
      postgresql: firstLine('psql', '--version').replace(/^psql \(PostgreSQL\) /, ''),
      node: process.versions.node,
      wrk: firstLine('wrk', '-v').split(' ')[1],
    },
  };
}

export function verdict({ value, min, max, atLeast, atMost, every = false }) {
  if (atLeast === undefined && atMost === undefined) return '';
  const [lowest, highest] = every ? [min, max] : [value, value];
  return (atLeast === undefined || lowest >= atLeast) && (atMost === undefined || highest <= atMost) ? 'pass' : 'FAIL';
}

export function report({ environment: { machine, versions }, results }) {
  const bound = (r) => (r.atLeast !== undefined ? `at least ${r.atLeast}` : r.atMost !== undefined ? `at most ${r.atMost}` : '');
  const limit = (r) => bound(r) + (r.every ? ', every round' : '');
  const rows = Object.entries(results).map(([key, r]) => [key, String(r.value), r.unit, `${r.min} .. ${r.max}`, String(r.rounds), limit(r), verdict(r)]);
  rows.unshift(['', 'median', 'unit', 'spread', 'rounds', 'limit', '']);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  console.log(`\n${machine.cores} cores of ${machine.cpu}, load average ${machine.load_average.join(' ')}; PostgreSQL ${versions.postgresql}, Node.js ${versions.node}`);
  for (const row of rows) console.log(row.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd());
  console.log('\nwritten to build/bench.json');
}
