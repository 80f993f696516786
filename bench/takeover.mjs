// How long the audit log stands still where the process that grows it is killed, or stopped, which closes no connection: until another
// one has put events into it.
import { Agent, get } from 'node:https';
import { removeFolder } from '../tests/e2e/cordon.mjs';
import { figure } from './report.mjs';
import { replica } from './seed.mjs';

const rounds = 9, database = 'bench_takeover', patience = 30_000;
const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });

/** How many events are under the log's newest checkpoint; asking leaves another one. */
function size({ origin }) {
  return new Promise((resolve, reject) => {
    get(`${origin}/audit/checkpoint`, { agent }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      response.statusCode === 200 ? resolve(Number(text.split('\n')[1])) : reject(new Error(text));
    }).on('error', reject);
  });
}

/** Has `holder` end, as `end` does that, while events come through `next`: milliseconds until the log has more than `next` found in it. */
async function without(holder, next, end) {
  let found = Infinity;
  next.lines.on('line', (line) => {
    if (line.includes('"growing the audit log"')) found = Number(JSON.parse(line).size);
  });
  // The holder looks for events every 400 ms: at any moment of that.
  for (const until = performance.now() + 400 + Math.random() * 800; performance.now() < until; ) await size(next);
  const start = performance.now();
  await end(holder);
  while ((await size(next)) <= found)
    if (performance.now() - start > patience) throw new Error('nobody has taken the audit log over');
  return performance.now() - start;
}

/** Whose process is stopped keeps what it has: its connections, and on them its turn. */
const ends = { killed: (server) => server.kill(), stopped: ({ pid }) => process.kill(pid, 'SIGSTOP') };

/** Two servers at a time on a database that no other uses; the one that came first grows the log. */
export async function takeover({ folder, psql }) {
  psql('cordon_admin', `CREATE DATABASE ${database} TEMPLATE template0`);
  const took = { killed: [], stopped: [] };
  let holder = await replica(folder, database), next;
  try {
    for (let round = 0; round < 2 * rounds; ++round) {
      const how = round % 2 ? 'stopped' : 'killed';
      next = await replica(folder, database);
      took[how].push(await without(holder.server, next.server, ends[how]));
      await holder.server.kill();
      await removeFolder(holder.folder);
      [holder, next] = [next, undefined];
    }
  } finally {
    for (const one of [holder, next].filter(Boolean)) {
      await one.server.kill();
      await removeFolder(one.folder);
    }
    psql('cordon_admin', `DROP DATABASE ${database} WITH (FORCE)`);
  }
  for (const how in took) console.log(`  ${how}: ${took[how].map(Math.round).join(', ')} ms until the log went on`);
  return {
    'audit.takeover_ms': figure(took.killed, 'ms, from the end of the process that grew the log', { atMost: 2000 }),
    'audit.takeover_stopped_ms': figure(took.stopped, 'ms, from when that process was stopped', { atMost: 2000 }),
  };
}
