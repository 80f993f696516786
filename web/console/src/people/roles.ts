/** What an owner may make others be. Who owns a Shopify shop is what Shopify says. */
export const ROLES = ["manager", "agent", "analyst"] as const;
export type Role = (typeof ROLES)[number];

export const isRole = (value: string): value is Role => ROLES.some((role) => role === value);

const optionOf = (role: string) => ({ value: role, label: role.charAt(0).toUpperCase() + role.slice(1) });

/** The choices for somebody who is `present` now. */
export const roleOptions = (present: string) => (isRole(present) ? ROLES : [present, ...ROLES]).map(optionOf);
