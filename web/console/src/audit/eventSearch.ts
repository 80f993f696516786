/** What is looked for, kept in the address. */
export interface EventSearch {
  from?: string;
  to?: string;
  subject_id?: string;
  action?: string;
  /** How it begins. */
  resource?: string;
  /** The HTTP status that it ended with. */
  outcome?: number;
  address?: string;
}

/** The staff's search goes over every shop. */
export interface AnyEventSearch extends EventSearch {
  shop_id?: string;
}

type Unknown = Record<string, unknown>;

function text<Name extends string>(search: Unknown, name: Name): { [name in Name]?: string } {
  const value = search[name];
  return (typeof value === "string" && value !== "" ? { [name]: value } : {}) as { [name in Name]?: string };
}

function time<Name extends "from" | "to">(search: Unknown, name: Name) {
  return Number.isNaN(Date.parse(String(search[name]))) ? {} : text(search, name);
}

function outcome(value: unknown): { outcome?: number } {
  return typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 599 ? { outcome: value } : {};
}

export const parseEventSearch = (search: Unknown): EventSearch => ({
  ...time(search, "from"),
  ...time(search, "to"),
  ...text(search, "subject_id"),
  ...text(search, "action"),
  ...text(search, "resource"),
  ...outcome(search.outcome),
  ...text(search, "address"),
});

export const parseAnyEventSearch = (search: Unknown): AnyEventSearch => ({
  ...parseEventSearch(search),
  ...text(search, "shop_id"),
});

/** The same as the API's parameters. */
export const toQuery = <Search extends EventSearch>({ outcome, ...others }: Search) => ({
  ...others,
  ...(outcome === undefined ? {} : { status: outcome }),
});

/** A moment as an input of type datetime-local has it: in the reader's own time zone, to the minute. */
export function toLocal(iso: string): string {
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const fromLocal = (local: string): string => (local === "" ? "" : new Date(local).toISOString());
