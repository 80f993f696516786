// door: what the door costs. One 20-row read, three ways, by pgbench: prepared, pipelined, 8 clients.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figure, interleave, ratios } from './report.mjs';

const rounds = 15, seconds = 2;

/** What each side does: how a request enters (if at all), and the read. */
const ways = ({ statement }) => ({
  sealed: { enter: 'SELECT door.enter(:seal)', read: statement },
  guc: { enter: "SELECT set_config('app.tenant', :tenant, true)", read: statement.replace('commerce.message', 'bench.message_guc') },
  open: { read: statement.replace('commerce.message', 'bench.message_open').replace('WHERE', 'WHERE m.tenant_id = :tenant::uuid AND') },
});

/** Seconds of CPU that the postmaster's ended children have used: what the last pgbench's backends took. */
function backendSeconds(postmaster) {
  execFileSync('sleep', ['0.1']);  // pgbench ends a moment before its backends do
  const fields = readFileSync(`/proc/${postmaster}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;  // cutime, cstime, in the kernel's fixed hundredths
}

/** The sides, as functions that run one round: reads a second, and the microseconds of backend CPU that each took. */
export function sides(world, folder, seconds) {
  const postmaster = Number(readFileSync(join(world.folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const seal = world.seal();
  return Object.fromEntries(
    Object.entries(ways(world)).map(([name, { enter, read }]) => {
      const file = join(folder, `${name}.sql`);
      const bound = read.replace('$1', ':conversation').replace('$2', ':before').replace('$3', ':limit');
      writeFileSync(file, `\\startpipeline\n${enter ? enter + ';\n' : ''}${bound};\n\\endpipeline\n`);
      let round = 0;
      return [name, () => {
        const values = { seal, tenant: world.tenant, conversation: world.conversations[round++ % world.conversations.length], before: '9223372036854775807', limit: 20 };
        const args = ['-n', '-M', 'prepared', '-c', '8', '-j', '2', '-T', String(seconds), '-f', file];
        for (const [variable, value] of Object.entries(values)) args.push('-D', `${variable}=${value}`);
        const before = backendSeconds(postmaster);
        const out = execFileSync('pgbench', [...args, world.conninfo('cordon_api')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
        const [, count] = /actually processed: (\d+)/.exec(out) ?? [];
        const [, perSecond] = /tps = ([\d.]+)/.exec(out) ?? [];
        if (!count || !/failed transactions: 0 /.test(out)) throw new Error(out);
        return { perSecond: Number(perSecond), cpu: ((backendSeconds(postmaster) - before) * 1e6) / Number(count) };
      }];
    }),
  );
}

export async function measure(world) {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'));
  try {
    const measured = await interleave(rounds, sides(world, folder, seconds), ({ perSecond }) => perSecond);
    const rate = (side) => measured[side].map(({ perSecond }) => perSecond);
    const cpu = (side) => measured[side].map(({ cpu }) => cpu);
    return {
      'door.sealed_over_guc': figure(ratios(rate('sealed'), rate('guc')), 'ratio', { atLeast: 0.85 }),
      'door.sealed_over_open': figure(ratios(rate('sealed'), rate('open')), 'ratio'),
      ...Object.fromEntries(Object.keys(measured).map((side) => [`door.${side}_per_s`, figure(rate(side), 'reads/s')])),
      ...Object.fromEntries(Object.keys(measured).map((side) => [`door.${side}_cpu`, figure(cpu(side), 'us of backend CPU a read')])),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
