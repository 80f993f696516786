const IN_SHOP = /^\/console\/support\/([0-9a-f-]{36})(?:\/|$)/;

/** The support grant whose address this is: by it staff look at a shop, in a tab of their own. */
export const grantOf = (path: string): string | null => IN_SHOP.exec(path)?.[1] ?? null;

/** Where the console of a grant's shop begins. */
export const shopOf = (grantId: string) => `/console/support/${grantId}/`;

/** The grant by which this tab is in a shop; null where it is where its session belongs. */
export const grant = grantOf(globalThis.location?.pathname ?? "");
