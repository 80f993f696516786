import { type KeyboardEvent, useRef } from "react";

/** Moves focus between the links of a list with j, k, the arrows, Home and End; the list is one stop of the Tab key. */
export function useListKeys() {
  const ref = useRef<HTMLUListElement>(null);

  function onKeyDown(event: KeyboardEvent<HTMLUListElement>) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const links = [...(ref.current?.querySelectorAll<HTMLAnchorElement>("a") ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    const to = target(event.key, at, links.length);
    if (to === null) return;
    event.preventDefault();
    links[to]?.focus();
  }

  return { ref, onKeyDown };
}

function target(key: string, at: number, length: number): number | null {
  switch (key) {
    case "j":
    case "ArrowDown":
      return Math.min(at + 1, length - 1);
    case "k":
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "Home":
      return 0;
    case "End":
      return length - 1;
    default:
      return null;
  }
}
