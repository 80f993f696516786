// The data that all benchmarks read: shops whose conversations have 40 messages each, and the comparison tables of the door.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startServer, temporaryFolder } from '../tests/e2e/cordon.mjs';

const source = new URL('.', import.meta.url).pathname;

/** PostgreSQL's conninfo of one of the server's logins on its private cluster. */
const conninfo = (folder, login) => `host=${join(folder, 'postgres', 'sockets')} port=5432 dbname=cordon user=${login}`;

function psql(folder, login, script) {
  const args = ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', conninfo(folder, login)];
  return execFileSync('psql', args, { input: script, encoding: 'utf8', maxBuffer: 1 << 26 }).trim();
}

/** Another `cordon serve`, on a database of the cluster in `folder`; of its data folder only the KMS's key is that server's. */
export async function replica(folder, database = 'cordon') {
  const own = await temporaryFolder();
  await copyFile(join(folder, 'kms.key'), join(own, 'kms.key'));
  const url = `host=${join(folder, 'postgres', 'sockets')} dbname=${database} user=cordon_admin`;
  execFileSync(process.env.CORDON_BINARY, ['--data', own, 'migrate'], { stdio: 'ignore', env: { ...process.env, DATABASE_URL: url } });
  return { server: await startServer(own, ['--rate-scale', '1000000'], 0, url), folder: own };
}

/** The SQL of "20 messages before a number", lifted out of the store, so that what is measured is what the API runs. */
function messagesStatement() {
  const store = readFileSync(join(source, '../src/commerce/conversation_store.cc'), 'utf8');
  const columns = /#define MESSAGE((?:\s*\\?\s*"[^"]+")+)/.exec(store);
  const statement = /kMessagesBefore\{"conversation.messages_before", "SELECT " MESSAGE R"\(([^)]*(?:\)[^"][^)]*)*)\)"\}/.exec(store);
  if (!columns || !statement) throw new Error('conversation_store.cc does not hold kMessagesBefore in the form that bench/seed.mjs knows');
  return `SELECT ${[...columns[1].matchAll(/"([^"]+)"/g)].map((part) => part[1]).join('')}${statement[1]}`.replace(/\s+/g, ' ');
}

/** `closer`: the program that closes what the SQL writes in the clear. */
export async function seed(server, folder, closer = 'cordon_bench_keys') {
  psql(folder, 'cordon_admin', readFileSync(join(source, 'seed.sql'), 'utf8'));
  execFileSync(join(dirname(process.env.CORDON_BINARY), closer), ['close', '--data', folder]);
  psql(folder, 'cordon_admin', readFileSync(join(source, 'compare.sql'), 'utf8'));
  const tenant = psql(folder, 'cordon_admin', "SELECT tenant_id FROM identity.shop WHERE shop = 'bench-10'");
  const conversations = psql(folder, 'cordon_admin', `SELECT conversation_id FROM commerce.conversation WHERE tenant_id = '${tenant}' ORDER BY 1 LIMIT 16`).split('\n');
  return {
    server, folder, tenant, conversations,
    shop: 'bench-10',
    statement: messagesStatement(),
    conninfo: (login) => conninfo(folder, login),
    psql: (login, script) => psql(folder, login, script),
    /** A seal of the shop's owner that outlives every round. */
    seal() {
      const [session, subject] = [crypto.randomUUID(), crypto.randomUUID()];
      return psql(folder, 'cordon_identity', `
        SELECT door.open_session('${tenant}', '${session}', '${subject}', 'owner', 7200) \\g /dev/null
        SELECT seal FROM door.mint('${session}', 7200);`);
    },
  };
}

/** Another program of the build in the server's place, on data of its own that is seeded alike. */
export async function otherWorld(program, closer) {
  const folder = await temporaryFolder();
  const run = join(dirname(process.env.CORDON_BINARY), program);
  return seed(await startServer(folder, ['--rate-scale', '1000000'], 0, '', false, run), folder, closer);
}
