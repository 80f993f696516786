import css from "./style.css?inline";

// A constructed sheet is script, not an inline style: a page whose policy forbids inline styles still shows it.
export function adoptStyles(root: ShadowRoot): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
}
