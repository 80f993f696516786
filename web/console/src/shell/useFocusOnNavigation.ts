import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

/** Moves focus to the content of a new page, so that a screen reader reads it; a change of search leaves it alone. */
export function useFocusOnNavigation(id: string): void {
  const path = useLocation({ select: (location) => location.pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    document.getElementById(id)?.focus({ preventScroll: true });
  }, [id, path]);
}
