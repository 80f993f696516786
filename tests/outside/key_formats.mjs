// The formats of docs/keys.md, read by that page alone: from the KMS's file to a field. The names are those of
// key_formats.json, whose bytes are base64url; it was written by the same steps the other way round.
import { createHmac } from 'node:crypto';
import { open } from './xaes.mjs';

const bytes = (text) => Buffer.from(text, 'base64url');
const uuid = (id) => Buffer.from(id.replaceAll('-', ''), 'hex');

/** A closed field without its head: the format, and the data key's version. */
function sealedField(f) {
  const closed = bytes(f.closed);
  if (closed[0] !== 1 || closed.readUInt32BE(1) !== f.data_key_version) throw new Error('no such format or version');
  return closed.subarray(5);
}

/** What leads to a field, each step with the key that the one before gave: what was sealed, and what it is bound to. */
export const steps = [
  {
    sealed: (f) => bytes(f.wrapped_tenant_key),
    bound: (f) => Buffer.from(`cordon tenant key ${f.tenant} ${f.tenant_key_version}`),
  },
  {
    sealed: (f) => bytes(f.wrapped_data_key),
    bound: (f) => Buffer.from(`cordon data key ${f.tenant} ${f.subject} ${f.data_key_version}`),
  },
  { sealed: sealedField, bound: (f) => Buffer.concat([uuid(f.tenant), uuid(f.row), Buffer.from(f.field)]) },
];

/** The KMS's key, and what each step gives: the tenant's key, the data key, the field. */
export function keys(f) {
  const found = [bytes(f.kms_key)];
  for (const { sealed, bound } of steps) found.push(open(found.at(-1), bound(f), sealed(f)));
  return found;
}

export function blindIndex(f) {
  const mac = createHmac('sha256', bytes(f.index_key)).update(`${f.field}\0${f.plain}`).digest();
  return mac.subarray(0, 16).toString('base64url');
}
