// The formats of docs/keys.md, opened with tags and associated data by a reader that is not ours: bytes that never change,
// which cordon_tests opens, too (src/keys/key_formats_test.cc), and bytes that it has just made. CORDON_TESTS names it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { blindIndex, keys, steps } from './key_formats.mjs';
import { open } from './xaes.mjs';

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const fixed = () => read(new URL('key_formats.json', import.meta.url));

function fresh() {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-formats-'));
  const file = join(folder, 'formats.json');
  try {
    execFileSync(
      process.env.CORDON_TESTS,
      ['--gtest_filter=KeyFormats.WritesWhatAnotherReaderOpens', '--gtest_brief=1'],
      {
        env: { ...process.env, KEY_FORMATS: file },
      },
    );
    return read(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// What each step is bound to, and another one of the same kind.
const id = '01960000-0000-7000-8000-0000000000ff';
const others = [
  [{ tenant: id }, { tenant_key_version: 77 }],
  [{ tenant: id }, { subject: id }, { data_key_version: 77 }],
  [{ tenant: id }, { row: id }, { field: 'commerce.customer.email' }, { field: 'commerce.visitor.name' }],
];

for (const [name, formats] of Object.entries({ 'once and for all': fixed, 'a moment ago': fresh })) {
  test(`opens what was closed ${name}, in its own place only`, () => {
    const f = formats();
    const found = keys(f);
    assert.equal(found.at(-1).toString(), f.plain);
    assert.equal(blindIndex(f), f.index);
    for (const [i, { sealed, bound }] of steps.entries()) {
      for (const other of others[i])
        assert.throws(
          () => open(found[i], bound({ ...f, ...other }), sealed(f)),
          /authenticate/,
          JSON.stringify(other),
        );
      const changed = Buffer.from(sealed(f));
      changed[changed.length - 1] ^= 1;
      assert.throws(() => open(found[i], bound(f), changed), /authenticate/);
    }
  });
}

test('the reader that checks our formats reads C2SP’s vectors', () => {
  const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX').toString('hex');
  for (const [key, aad, sealed] of [
    [1, '', 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'],
    [3, 'c2sp.org/XAES-256-GCM', '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d'],
  ])
    assert.equal(
      open(Buffer.alloc(32, key), Buffer.from(aad), Buffer.from(nonce + sealed, 'hex')).toString(),
      'XAES-256-GCM',
    );
});
