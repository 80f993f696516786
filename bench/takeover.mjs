// How long the audit log stands still where the process that grows it is killed: until another one has put events into it.
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

/** Kills `holder` while events come through `next`: milliseconds until the log has more than `next` found in it. */
async function killed(holder, next) {
  let found = Infinity;
  next.lines.on('line', (line) => {
    if (line.includes('"growing the audit log"')) found = Number(JSON.parse(line).size);
  });
  // The holder looks for events every 400 ms: at any moment of that.
  for (const until = performance.now() + 400 + Math.random() * 800; performance.now() < until; ) await size(next);
  const start = performance.now();
  await holder.kill();
  while ((await size(next)) <= found)
    if (performance.now() - start > patience) throw new Error('nobody has taken the audit log over');
  return performance.now() - start;
}

/** Two servers at a time on a database that no other uses; the one that came first grows the log. */
export async function takeover({ folder, psql }) {
  psql('cordon_admin', `CREATE DATABASE ${database} TEMPLATE template0`);
  const took = [];
  let holder = await replica(folder, database), next;
  try {
    while (took.length < rounds) {
      next = await replica(folder, database);
      took.push(await killed(holder.server, next.server));
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
  console.log(`  ${took.map(Math.round).join(', ')} ms until the log went on`);
  return { 'audit.takeover_ms': figure(took, 'ms, from the end of the process that grew the log', { atMost: 2000 }) };
}
