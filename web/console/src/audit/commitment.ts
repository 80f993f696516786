import type { AuditEvent } from "../api/types";
import { type Bytes, concat, fromHex, sha256, utf8 } from "./bytes";

/** Types of PostgreSQL (pg_type.oid). */
const UUID = 2950;
const TEXT = 25;
const INTEGER = 23;
const TIMESTAMPTZ = 1184;

function integer(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

/** Microseconds since 2000-01-01; a Date has milliseconds only. */
function timestamp(iso: string): Bytes {
  const fraction = (/\.(\d{1,6})Z$/.exec(iso)?.[1] ?? "").padEnd(6, "0");
  const seconds = BigInt(Date.parse(iso.replace(/\.\d+Z$/, "Z")) - Date.UTC(2000, 0, 1)) / 1000n;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, seconds * 1_000_000n + BigInt(fraction));
  return bytes;
}

const uuid = (id: string): Bytes => fromHex(id.replaceAll("-", ""));

const column = (type: number, bytes: Bytes | null): Bytes =>
  concat(integer(type), integer(bytes?.length ?? -1), bytes ?? new Uint8Array());
const uuids = (...ids: (string | null)[]) => ids.map((id) => column(UUID, id === null ? null : uuid(id)));
const texts = (...values: string[]) => values.map((value) => column(TEXT, utf8(value)));
const integers = (...values: number[]) => values.map((value) => column(INTEGER, integer(value)));

/**
 * What the log has of an event: SHA-256 over its salt and its columns as PostgreSQL sends a record (docs/audit.md, "A
 * commitment"). Where columns are stored closed, the closed forms are what was committed to.
 */
export function commitmentOf(event: AuditEvent): Promise<Bytes> {
  const columns = [
    ...uuids(event.event_id),
    column(TIMESTAMPTZ, timestamp(event.at)),
    ...uuids(event.tenant_id, event.subject_id, event.session_id),
    ...texts(event.role, event.action, event.resource, event.method),
    ...integers(event.status),
    ...texts(event.code),
    ...integers(event.rows_out, event.bytes_out),
    ...uuids(event.request_id),
    ...texts(event.closed?.address ?? event.address, event.closed?.agent ?? event.agent),
    ...texts(event.purpose, event.trace, event.queries, event.closed?.detail ?? event.detail),
  ];
  return sha256(uuid(event.salt), integer(columns.length), ...columns);
}
