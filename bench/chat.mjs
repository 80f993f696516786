// chat: shoppers' messages through their sockets, stored, to the shop's inbox sockets; and what a socket that is held costs.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { signIn } from './api.mjs';
import { figure } from './report.mjs';

const shops = 8, pairs = 32, rounds = 7, seconds = 3, sockets = 3000;

/** Runs the load and returns its lines. */
async function load(world, args) {
  const child = spawn(join(dirname(process.env.CORDON_BINARY), 'cordon_bench'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(`  ${line.replace(/[{}"]/g, '').replace(/,/g, ', ')}`);
    lines.push(JSON.parse(line));
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`cordon_bench ended with ${code}`);
  return lines;
}

export async function measure(world) {
  const names = Array.from({ length: shops }, (_, i) => `bench-${i + 1}`);
  const tokens = [];
  for (const shop of names) tokens.push(await signIn({ ...world, shop }));
  const count = () => Number(world.psql('cordon_admin', 'SELECT count(*) FROM commerce.message'));
  const before = count();
  const lines = await load(world, [
    '--port', String(world.server.port), '--trust', join(world.folder, 'tls', 'certificate.pem'), '--pid', String(world.server.pid),
    '--pairs', String(pairs), '--rounds', String(rounds), '--seconds', String(seconds), '--sockets', String(sockets),
    ...names.flatMap((name) => ['--shop', name]), ...tokens.flatMap((token) => ['--token', token]),
  ]);
  const { stored } = lines.find((line) => 'stored' in line);
  if (count() - before !== stored) throw new Error(`${stored} messages were acknowledged, but ${count() - before} are stored`);
  const all = (key) => lines.filter((line) => key in line).map((line) => line[key]);
  return {
    'chat.messages_per_s': figure(all('messages_per_s'), 'messages/s, shopper to shop'),
    'chat.delay_ms': figure(all('delay_ms'), 'ms from send to the shop'),
    'chat.delay_p99_ms': figure(all('delay_p99_ms'), 'ms from send to the shop'),
    'chat.refused': figure(all('refused'), 'sends a round told to come again'),
    'chat.bytes_per_socket': figure(all('bytes_per_socket'), 'bytes of server memory'),
    'chat.sockets': figure([Math.max(...all('sockets'))], 'sockets held'),
  };
}
