export const HANDLER_FILTERS = ["all", "waiting", "human", "assistant"] as const;
export type HandlerFilter = (typeof HANDLER_FILTERS)[number];

export const STATUS_FILTERS = ["any", "open", "closed"] as const;
export type StatusFilter = (typeof STATUS_FILTERS)[number];

/** What the inbox shows, kept in the address so that it can be linked to and Back works. Defaults are left out. */
export interface InboxSearch {
  show?: HandlerFilter;
  status?: StatusFilter;
  conversation?: string;
  /** On narrow windows, the pane in front; the conversation's own pane otherwise. */
  pane?: "shopper";
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((candidate) => candidate === value);
}

export function parseInboxSearch(search: Record<string, unknown>): InboxSearch {
  const show = oneOf(HANDLER_FILTERS, search.show);
  const status = oneOf(STATUS_FILTERS, search.status);
  const parsed: InboxSearch = {};
  if (show && show !== "all") parsed.show = show;
  if (status && status !== "any") parsed.status = status;
  if (typeof search.conversation === "string") parsed.conversation = search.conversation;
  if (parsed.conversation && search.pane === "shopper") parsed.pane = "shopper";
  return parsed;
}
