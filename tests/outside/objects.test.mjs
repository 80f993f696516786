// The object store against an S3 server that others wrote, and the format of sealed objects against Tink's own vectors.
// CORDON_TESTS names the program of the unit tests, which skips these by itself.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { startS3 } from './s3.mjs';
import { open, seal } from './tink_stream.mjs';

test('stores objects in S3, signed, in parts, and nothing of what fails', { timeout: 180_000 }, async () => {
  const s3 = await startS3();
  try {
    const tests = spawn(process.env.CORDON_TESTS, ['--gtest_filter=*S3*', '--gtest_brief=1'], {
      env: { ...process.env, ...s3.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    tests.stdout.on('data', (text) => {
      said += text;
    });
    const code = await new Promise((resolve) => tests.on('close', resolve));
    assert.equal(code, 0, said);
    assert.match(said, /\[ {2}PASSED {2}\] \d\d tests/);
    assert.doesNotMatch(said, /SKIPPED/);
    // The one whose server died could not be aborted.
    assert.equal(await s3.unfinished(), 1);
  } finally {
    await s3.stop();
  }
});

// From Tink's AesGcmHkdfStreamingTestUtil.java (tink-java, src/main/java/com/google/crypto/tink/streamingaead/internal/
// testing): hash, derived key, segment, key, aad, plaintext, ciphertext.
const short = '6eb56cdc726dfbe5d57f2fcdc6e9345b';
const long = `00112233445566778899aabbccddeeff${short}`;
const vectors = [
  ['sha1', 16, 64, short, '616164', 'This is a fairly long plaintext. It is of the exact length to create three output blocks. ',
    '1893b3af5e14ab378d065addfc8484da642c0862877baea8db92d9c77406a406168478821c4298eab3e6d531277f4c1a051714faebcaefcbca7b7be05e9445ea' +
    'a0bb2904153398a25084dd80ae0edcd1c3079fcea2cd3770630ee36f7539207b8ec9d754956d486b71cdf989f0ed6fba6779b63558be0a66e668df14e1603cd2' +
    'af8944844078345286d0b292e772e7190775c51a0f83e40c0b75821027e7e538e111'],
  ['sha1', 16, 64, short, '', '', '18ec99b2c3884194023bd41bb9bff309205354c750fa0cb3c0d02609abf71f88eaeaa48d7deca27f'],
  ['sha256', 16, 64, short, '', '', '18be78bce0cab6fd38a9041eea8ab0ffc4cf17e3c00b661d3927f5f79069f41a210fedc40b25648c'],
  ['sha512', 16, 64, short, '', '', '18fec8139ccb406e0f140d7e2bcc41e1b899bc1b121574cc31d1c78ed2ca1cdf324665b8dce21095'],
  ['sha1', 16, 64, long, '', '', '180880e85a24207a7b72cefde26306ed09d7d76e58104b751d005a3ffd72dd6151f0d9c8ccf163f7'],
  ['sha1', 32, 64, long, '', '',
    '28fae780c70a82d1256c8303a1261ac6a98cf557b4e173967a62f3c149517ba5b2431da93b3c6e90f508b34dc14bfda59bab05681c6ad3fa'],
  ['sha1', 32, 120, long, '00010203', 'BLOCK 1.BLOCK 2.BLOCK 3.BLOCK 4.BLOCK 5.BLOCK 6.BLOCK 7.BLOCK 8.',
    '28782994617714a80fa085e15051a16854522330d6d0f26c049b2192f09cdd98b2eb90c753bfff277a29e54fa4afb15d648c28477eb07f012535c767f5fdce24' +
    'ffffae318480c1d37357d6d3c511159318afa09ef38aa3f5456fd7817c5c02dd6e1a7fef174c8bd24e38b5982ac105497c0101ac5581fe5b'],
];

test('the reader that checks our sealed objects reads Tink’s vectors', () => {
  for (const [hash, derived, segment, key, aad, plain, sealed] of vectors) {
    const bytes = [Buffer.from(key, 'hex'), Buffer.from(aad, 'hex')];
    const parameters = { hash, derived, segment };
    assert.equal(open(...bytes, Buffer.from(sealed, 'hex'), parameters).toString(), plain);
    assert.equal(open(...bytes, seal(...bytes, Buffer.from(plain), parameters), parameters).toString(), plain);
    assert.throws(() => open(...bytes, Buffer.from(sealed.slice(0, -2), 'hex'), parameters));
  }
});
