import { createContext, useContext } from "react";

import type { ServerFrame } from "./frames";

export interface Live {
  /** Whether the socket is up; while it is not, queries poll. */
  live: boolean;
  watch: (conversationId: string, after: () => number) => () => void;
  typing: (conversationId: string) => void;
  /** Frames as they come, after they went into the cache. */
  subscribe: (listener: (frame: ServerFrame) => void) => () => void;
}

export const LiveContext = createContext<Live>({
  live: false,
  watch: () => () => undefined,
  typing: () => undefined,
  subscribe: () => () => undefined,
});

export const useLive = () => useContext(LiveContext);
