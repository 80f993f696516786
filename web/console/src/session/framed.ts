import type { AccessToken, ShopifySession } from "../api/types";
import { post } from "./post";

declare global {
  interface Window {
    /** App Bridge, a script of Shopify's; each call of `idToken` gives a new token, which the server takes once. */
    shopify?: { idToken(): Promise<string> };
  }
}

/** Whether Shopify's admin shows this page in a frame: the server has named the app there. */
export const framed =
  typeof document !== "undefined" && document.querySelector('meta[name="shopify-api-key"]') !== null;

/**
 * Gets access tokens for a frame, which has no cookies: each for a token of App Bridge. The first opens a session, the
 * next ones go on with it. Once that has ended they are refused, until the app is opened again.
 */
export function byAppBridge(): () => Promise<AccessToken | ShopifySession> {
  let session: string | null = null;
  return async () => {
    if (!window.shopify) throw new Error("Shopify's App Bridge did not load. Load this page of Shopify's admin again.");
    const shown = { Authorization: `Bearer ${await window.shopify.idToken()}` };
    if (session !== null) return post<AccessToken>("/v1/shopify/token", { session_id: session }, shown);
    const opened = await post<ShopifySession>("/v1/shopify/session", {}, shown);
    session = opened.session_id;
    return opened;
  };
}
