const BLOCKS = "p, div, ul, ol, h1, h2, h3, h4, h5, h6, tr, blockquote";

/** Paragraphs of a description that merchants write as HTML; its markup, which may be anything, is not kept. */
export function paragraphs(source: string): string[] {
  let text = source;
  if (/<[a-z][^>]*>/i.test(source)) {
    // A parsed document that is never shown runs no script and loads nothing.
    const parsed = new DOMParser().parseFromString(source, "text/html");
    for (const hidden of parsed.querySelectorAll("script, style, template, iframe")) hidden.remove();
    for (const br of parsed.querySelectorAll("br")) br.replaceWith("\n");
    for (const item of parsed.querySelectorAll("li")) {
      item.prepend("• ");
      item.append("\n");
    }
    for (const block of parsed.querySelectorAll(BLOCKS)) block.append("\n\n");
    text = parsed.body.textContent ?? "";
  }
  return text
    .split(/\n\s*\n/)
    .map((part) => part.replace(/[ \t\u00a0]+/g, " ").trim())
    .filter((part) => part !== "");
}
