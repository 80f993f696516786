// Runs the benchmarks that are asked for (all, if none is), on one server and one database, and reports.
import { mkdir, writeFile } from 'node:fs/promises';
import { removeFolder, startServer, temporaryFolder } from '../tests/e2e/cordon.mjs';
import { seed } from './seed.mjs';
import { environment, report } from './report.mjs';

const known = ['door', 'api', 'chat', 'identity', 'keys', 'audit'];
const wanted = process.argv.slice(2).length ? process.argv.slice(2) : known;
for (const name of wanted)
  if (!known.includes(name)) {
    console.error(`bench/run: there is no benchmark \`${name}\`; there are ${known.join(', ')}`);
    process.exit(2);
  }

const folder = await temporaryFolder();
let server;
try {
  server = await startServer(folder, ['--rate-scale', '1000000']);
  console.log('seeding the database');
  const world = await seed(server, folder);
  const results = {};
  for (const name of wanted) {
    console.log(`measuring ${name}`);
    Object.assign(results, await (await import(`./${name}.mjs`)).measure(world));
  }
  const document = { environment: await environment(), results };
  await mkdir('build', { recursive: true });
  await writeFile('build/bench.json', JSON.stringify(document, null, 2) + '\n');
  report(document);
} finally {
  await server?.stop();
  await removeFolder(folder);
}
