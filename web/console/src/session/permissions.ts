import type { Me } from "../api/types";

/** What the console asks about; the server decides again on every request. */
export type Permission =
  | "conversation.read"
  | "conversation.write"
  | "customer.read"
  | "order.read"
  | "merchant.read"
  | "merchant.write"
  | "session.manage"
  | "token.manage"
  | "grant.read"
  | "grant.approve"
  | "grant.revoke"
  | "member.read"
  | "member.manage"
  | "audit.read"
  | "staff.self"
  | "staff.manage";

export function can(me: Me, ...any: Permission[]): boolean {
  return any.some((permission) => me.permissions.includes(permission));
}
