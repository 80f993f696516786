// The audit log before a witness of others: a Go program around golang.org/x/mod/sumdb that shares nothing with ours (witness/main.go).
// It cosigns what continues, whoever asks, and not a log that was put back and went on otherwise. Skips by itself where there is no Go, but
// for ctest.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { command, removeFolder, startServer, temporaryFolder } from '../e2e/cordon.mjs';
import { build, forger, parts, reader, skip, until } from './audit_log.mjs';

/** Starts the witness, which knows no log yet. */
async function startWitness(program, folder, name) {
  await mkdir(folder);
  await writeFile(join(folder, 'logs'), '');
  const child = spawn(program, [folder, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const answers = [];
  const policy = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the witness ended with ${code}`)));
    lines.once('line', (line) => {
      lines.on('line', (answer) => answers.push(answer));
      resolve(line);
    });
  });
  let from = 0;
  return {
    policy,
    certificate: join(folder, 'certificate.pem'),
    knows: (...keys) => writeFile(join(folder, 'logs'), keys.join('\n')),
    /** What it has answered: a status and why, or the sizes from which and to which it has cosigned. */
    answers,
    /** Its next answer that is like `pattern`. */
    async answered(pattern) {
      const place = await until(`the witness answers ${pattern}`, () => answers.findIndex((line, i) => i >= from && pattern.test(line)), (i) => i >= 0);
      from = place + 1;
    },
    /** How many entries it has cosigned. */
    size: () => Number(answers.findLast((line) => line.startsWith('200 '))?.split(' ')[2] ?? 0),
    stop: () => child.kill(),
  };
}

test('a witness of others cosigns the log, and not one that was put back', { skip, timeout: 240_000 }, async (t) => {
  const folder = await temporaryFolder();
  const data = join(folder, 'data'), policy = join(folder, 'policy'), origin = 'log.example/audit';
  const witness = await startWitness(await build(folder, 'witness'), join(folder, 'of-others'), 'witness.example/go');
  await writeFile(policy, `${witness.policy}\nquorum w1\n`);
  let server, site;
  const start = async () => {
    server = await startServer(data, ['--witnesses', policy, '--witness-trust', witness.certificate, '--log-origin', origin, 'serve', '--rate-scale', '1000']);
    site = reader(server.origin, await readFile(join(data, 'tls/certificate.pem')));
  };
  const stop = async () => {
    site.end();
    assert.equal(await server.stop(), 0);
    server = undefined;
  };
  const events = (count) => Promise.all(Array.from({ length: count }, () => site.get('/healthz')));
  const published = () => site.get('/audit/checkpoint').then(String, () => '');
  const cosigns = (size) => until(`the witness cosigns ${size} entries`, witness.size, (cosigned) => cosigned >= size);
  const says = (what) => until(`the server says ${what}`, () => server.said.join('\n'), (said) => said.includes(what));
  try {
    await start();
    const vkey = (await command(server, data, 'audit', 'key')).trim();

    await t.test('once it knows the log, by its name and its key', async () => {
      await events(20);
      await witness.answered(/^404 /);
      await witness.knows(forger(origin).vkey);
      await witness.answered(/^403 /);
      await witness.knows(vkey);
      await witness.answered(/^200 0 /);
    });

    await t.test('as it grows', async () => {
      for (const more of [1, 30, 400]) {
        const before = witness.size();
        await events(more);
        await cosigns(before + more);
      }
      assert.ok(witness.answers.some((answer) => /^200 [1-9]/.test(answer)), 'it has seen a proof');
      await until('the cosigned checkpoint is published', published, (checkpoint) => checkpoint.includes('\n— witness.example/go '));
      const url = `${server.origin.replace('localhost', '127.0.0.1')}/audit`;
      const verified = await command(server, data, 'audit', 'verify', '--url', url, '--trust', join(data, 'tls/certificate.pem'), '--key', vkey, '--policy', policy);
      assert.match(verified, /^verified: log\.example\/audit, entries=\d{3,}/);
      assert.match(verified, /^cosigned: w1, time=\d{10}$/m);
    });

    await t.test('for a server that does not know how far it has come', async () => {
      await stop();
      await start();
      const before = witness.size();
      await events(10);
      await witness.answered(/^409 old 0 of \d+$/);
      await cosigns(before + 10);
    });

    await t.test('and not where the database, and what is remembered beside it, went back', async () => {
      await stop();
      await promisify(execFile)('cp', ['-a', data, join(folder, 'backup')]);
      await start();
      const before = witness.size();
      await events(100);
      await cosigns(before + 100);
      await stop();
      const cosigned = witness.size();
      await removeFolder(data);
      await rename(join(folder, 'backup'), data);
      await start();
      await events(10);
      await says('the log was rolled back');
      // It comes past what was cosigned, with another history.
      await events(300);
      await witness.answered(/^422 /);
      await says('the log does not continue what it has cosigned');
      assert.ok(Number(parts(await published()).size) <= cosigned, 'what is published was cosigned');
      assert.equal(witness.size(), cosigned);
    });

    assert.deepEqual(witness.answers.filter((answer) => /^(400|500) /.test(answer)), []);
  } finally {
    if (server) await stop();
    witness.stop();
    await removeFolder(folder);
  }
});
