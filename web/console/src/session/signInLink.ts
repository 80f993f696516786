/** In the place of a link: a browser that comes back from Shopify has it in a cookie, which no page can read. */
export const FROM_SHOPIFY = "shopify";

const PAGES = /\/(sign-in|staff\/accept|staff\/reset)\/?$/;

/** Takes the one-use secret out of `/console/sign-in#<secret>` and out of the address bar and its history entry. */
export function takeSignInLink(location: Location, history: History): string | null {
  if (!PAGES.test(location.pathname) || location.hash.length < 2) return null;
  const link = decoded(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  return link;
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
