import type { Me } from "../api/types";

/** What takes somebody who is signed in: the server gives it to no token. */
const takesAPerson = (permission: string) =>
  permission.endsWith(".manage") || permission === "grant.approve" || permission === "grant.revoke";

/** What this person may put into an API token. */
export function scopesFor(me: Me): string[] {
  return me.permissions.filter((permission) => !takesAPerson(permission));
}

/** One address or network a line; blank lines are none. */
export function rangesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
