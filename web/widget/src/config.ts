export interface Config {
  shop: string;
  /** The widget talks to where it came from. */
  base: string;
  /** The shop's own path behind which Shopify says who is there, or null. */
  proxy: string | null;
}

/** A path of the page's own origin, without its last slash: nobody else is asked who the shopper is. */
function ownPath(path: string | undefined, doc: Document): string | null {
  if (!path?.startsWith("/")) return null;
  const page = new URL(doc.baseURI);
  const url = new URL(path, page);
  return url.origin === page.origin ? url.pathname.replace(/\/+$/, "") : null;
}

export function readConfig(doc: Document): Config | null {
  const running = doc.currentScript as HTMLScriptElement | null;
  // A tag manager may have run the file in a way that leaves no current script.
  const script = running?.dataset.shop ? running : doc.querySelector<HTMLScriptElement>("script[data-shop][src]");
  const shop = script?.dataset.shop?.trim();
  if (!script || !shop) return null;
  const proxy = ownPath(script.dataset.proxy?.trim(), doc);
  return { shop, base: new URL(script.src, doc.baseURI).origin, proxy };
}
