import type { Merchant } from "../api/types";

export type Settings = Pick<Merchant, "name" | "assistant_name" | "greeting" | "attribution_days">;

/** Only what differs is sent, so that two people who edit different fields do not undo each other. */
export function changes(before: Settings, after: Settings): Partial<Settings> {
  const changed = (Object.keys(after) as (keyof Settings)[]).filter((key) => after[key] !== before[key]);
  return Object.fromEntries(changed.map((key) => [key, after[key]]));
}
