// Judges what testssl.sh found: node scripts/tls-findings.mjs <docs/tls.md> <its flat JSON>. Prints the findings above LOW,
// and ends with 0 only if the document explains each of them, and the scan has seen what it has to see.
import { readFileSync } from 'node:fs';

const [document, scan] = process.argv.slice(2);
const found = JSON.parse(readFileSync(scan, 'utf8'));

/** The ids in the first column of the table under "Explained findings". */
function explanations(text) {
  const section = text.split(/^## /m).find((part) => part.startsWith('Explained findings\n'));
  if (!section) throw new Error(`${document} has no section "Explained findings"`);
  return new Set([...section.matchAll(/^\| `([^`]+)` \|/gm)].map((row) => row[1]));
}

// A scan that broke off, or met something else than Cordon, finds little too.
const seen = {
  SSLv2: /^not offered/,
  SSLv3: /^not offered/,
  TLS1: /^not offered/,
  TLS1_1: /^not offered/,
  TLS1_2: /^not offered/,
  TLS1_3: /^offered/,
  cipherlist_STRONG: /^offered/,
  PFS: /^offered/,
  PFS_ECDHE_curves: /^prime256v1 secp384r1 X25519 *$/,
  protocol_negotiated: /TLS1\.3/,
  cert_chain_of_trust: /^passed/,
  HTTP_status_code: /^200/,
  HSTS_time: /days/,
  heartbleed: /^not vulnerable/,
  RC4: /^not vulnerable/,
  scanTime: /^\d+$/,
};
const unseen = Object.keys(seen).filter((id) => !found.some((f) => f.id === id && seen[id].test(f.finding)));

// WARN means that testssl.sh could not look: nothing is known to be well then.
const fine = new Set(['OK', 'INFO', 'LOW', 'DEBUG']);
const above = found.filter((f) => !fine.has(f.severity));
const explained = explanations(readFileSync(document, 'utf8'));

for (const id of unseen) console.log(`not as it has to be: ${id} ${found.find((f) => f.id === id)?.finding ?? '(not looked at)'}`);
for (const f of above) console.log(`${f.id} ${f.severity} ${f.finding}${explained.has(f.id) ? '' : ' (not explained)'}`);
const known = above.filter((f) => explained.has(f.id)).length;
console.log(`findings above LOW: ${above.length}, explained: ${known}`);
process.exitCode = unseen.length || known < above.length ? 1 : 0;
