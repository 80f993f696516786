// A real server on a data folder of its own, with the demo stores opened in it: one process, or with CORDON_SPLIT=1 a
// process for each of its services, behind HAProxy.
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

export const binary = process.env.CORDON_BINARY;
export const source = process.env.CORDON_SOURCE_DIR;
const env = { ...process.env, DATABASE_URL: '' };

/** A port that nobody listens on. */
const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Starts `cordon serve`, by default on a free port, with `options`, of which those before a word `serve` are for every command; resolves
 * once it says that it serves. */
export async function startServer(
  folder,
  options = ['--demo', '--rate-scale', '1000'],
  port = 0,
  database = '',
  split = process.env.CORDON_SPLIT === '1',
  run = binary,
) {
  const at = options.indexOf('serve');
  const [first, own] = [options.slice(0, Math.max(at, 0)), options.slice(at + 1)];
  const [program, ...words] = split
    ? [join(source, 'scripts/split'), binary, folder, String(port || (await freePort())), ...options]
    : [run, '--data', folder, '--port', String(port), ...first, 'serve', ...own];
  const child = spawn(program, words, {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...env, DATABASE_URL: database },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stderr });
  const said = [];
  lines.on('line', (line) => said.push(line));
  const origin = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`cordon serve ended with ${code}`)));
    lines.on('line', (line) => {
      if (line.includes('"what":"serving"')) resolve(JSON.parse(line).address.replace('127.0.0.1', 'localhost'));
      else if (line.includes('"level":"error"')) console.error(line);
    });
  });
  return {
    origin,
    pid: child.pid,
    port: Number(new URL(origin).port),
    program: run,
    /** What it logs from here on, line by line; and all that it has logged. */
    lines,
    said,
    /** Ends it as the kernel would, in the middle of whatever it does. */
    kill() {
      child.kill('SIGKILL');
      return ended;
    },
    /** Asks it to end, and returns its exit code. */
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Runs another command of the program beside the server; returns what it prints. */
export async function command(server, folder, ...args) {
  const { stdout } = await promisify(execFile)(server.program ?? binary, ['--data', folder, '--port', String(server.port), ...args], {
    env,
    maxBuffer: 1 << 24,
  });
  return stdout;
}

/** Opens the stores of `data` and returns what `cordon demo` prints, by shop: { storefront, console }. */
export async function openStores(server, folder, data, turns) {
  const shops = {};
  for (const line of (await command(server, folder, 'demo', data, '--turns', String(turns))).split('\n')) {
    const found = /^(storefront|console)\s+(\S+)\s+(https:\S+)/.exec(line.trim());
    if (found) (shops[found[2]] ??= {})[found[1]] = found[3];
  }
  return shops;
}

export async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-e2e-'));
  await chmod(folder, 0o711); // the private PostgreSQL passes through it as another user where this one is root
  return folder;
}
export const removeFolder = (folder) => rm(folder, { recursive: true, force: true });
