/** One statement that was run for an event. */
export interface Statement {
  name: string;
  /** Of its parameters. */
  digest: string;
  rows: string;
}

/** Reads `customer.find:1a2b3c4d5e6f7081:3 customer.list:...`. */
export function parseStatements(queries: string): Statement[] {
  return queries
    .split(" ")
    .filter((one) => one !== "")
    .map((one) => {
      const [name = one, digest = "", rows = ""] = one.split(":");
      return { name, digest, rows };
    });
}

export interface Detail {
  /** Fields that were changed. */
  changes: { field: string; before: string; after: string }[];
  facts: [name: string, value: string][];
  /** What is no JSON object, as it is. */
  text: string;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isChange = (value: unknown) => isObject(value) && ("before" in value || "after" in value);
const show = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);

/** Reads an event's detail: `{"name":{"before":"a","after":"b"}}`, other facts, or just text. */
export function parseDetail(detail: string): Detail {
  const value = parse(detail);
  if (!isObject(value)) return { changes: [], facts: [], text: detail };
  const fields = Object.entries(value);
  return {
    changes: fields
      .filter(([, value]) => isChange(value))
      .map(([field, value]) => {
        const { before, after } = value as Record<string, unknown>;
        return { field, before: show(before), after: show(after) };
      }),
    facts: fields.filter(([, value]) => !isChange(value)).map(([name, value]) => [name, show(value)]),
    text: "",
  };
}
