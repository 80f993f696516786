import type { Source } from "../protocol";
import { el, icon } from "./dom";
import { words } from "./words";

const TAG = "M3 11V4a1 1 0 0 1 1-1h7l10 10-8 8L3 11zM7.5 7.5h.01";
const PAGE = "M6 3h9l4 4v14H6zM9 11h7M9 15h7";

/** The page may show the product itself by cancelling this event; otherwise the link leads to the store's search. */
export const SOURCE_EVENT = "cordon:source";

export function sourceLink(source: Source): HTMLAnchorElement {
  const policy = source.kind === "policy";
  const link = el(
    "a",
    {
      class: "source",
      "data-testid": "source",
      "data-kind": source.kind,
      href: `/search?q=${encodeURIComponent(source.title)}`,
    },
    icon(policy ? PAGE : TAG),
    el("span", { class: "sr" }, `${policy ? words.policy : words.product}: `),
    el("span", { class: "title" }, source.title),
  );
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const detail = { kind: source.kind, id: source.id, title: source.title };
    const offer = new CustomEvent(SOURCE_EVENT, { detail, cancelable: true });
    if (!document.dispatchEvent(offer)) event.preventDefault();
  });
  return link;
}
