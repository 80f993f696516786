export interface Config {
  shop: string;
  /** The widget talks to where it came from. */
  base: string;
}

export function readConfig(doc: Document): Config | null {
  const running = doc.currentScript as HTMLScriptElement | null;
  // A tag manager may have run the file in a way that leaves no current script.
  const script = running?.dataset.shop ? running : doc.querySelector<HTMLScriptElement>("script[data-shop][src]");
  const shop = script?.dataset.shop?.trim();
  if (!script || !shop) return null;
  return { shop, base: new URL(script.src, doc.baseURI).origin };
}
