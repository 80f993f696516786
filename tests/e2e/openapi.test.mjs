// One truth for the API: the routes print the document, the console's copy and its types follow, a linter reads it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { binary, source } from './cordon.mjs';

const console_ = join(source, 'web/console');
const run = async (file, args) => (await promisify(execFile)(file, args, { maxBuffer: 1 << 24 })).stdout;

test("the console's copy of the document is what the server prints (make openapi)", async () => {
  const printed = JSON.parse(await run(binary, ['openapi']));
  assert.deepEqual(JSON.parse(await readFile(join(console_, 'openapi.json'), 'utf8')), printed);
});

test("the console's types are generated from the document (make openapi)", async () => {
  const types = await run(join(console_, 'node_modules/.bin/openapi-typescript'), [join(console_, 'openapi.json')]);
  assert.equal(await readFile(join(console_, 'src/api/schema.d.ts'), 'utf8'), types);
});

test('a linter finds nothing to complain of in the document', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-openapi-'));
  try {
    await writeFile(join(folder, 'openapi.json'), await run(binary, ['openapi']));
    const here = join(source, 'tests/e2e');
    const findings = await run(join(here, 'node_modules/.bin/spectral'), [
      'lint', join(folder, 'openapi.json'), '--ruleset', join(here, 'spectral.yaml'), '--format', 'json', '--quiet', '--fail-severity', 'error',
    ]).catch((error) => error.stdout || Promise.reject(error));
    const lines = JSON.parse(findings).map((f) => `${f.code} at ${f.path.join('.')}: ${f.message}`);
    assert.deepEqual(lines, []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
