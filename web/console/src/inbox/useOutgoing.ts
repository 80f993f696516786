import { useMutationState, useQueryClient } from "@tanstack/react-query";

import type { Message } from "../api/types";
import { type Draft, sendKey } from "./useSendMessage";

export interface Outgoing {
  draft: Draft;
  error: Error | null;
  /** The first try did not get through; it goes on by itself. */
  waiting: boolean;
  retry: () => void;
  discard: () => void;
}

/** What was sent and is not among the stored messages yet. */
export function useOutgoing(conversationId: string, stored: Message[]): Outgoing[] {
  const cache = useQueryClient().getMutationCache();
  const mutations = useMutationState({
    filters: { mutationKey: sendKey(conversationId), exact: true },
    select: ({ mutationId, state }) => ({
      mutationId,
      draft: state.variables as Draft,
      status: state.status,
      error: state.error,
      waiting: state.isPaused || state.failureCount > 0,
    }),
  });
  const known = new Set(stored.map(({ client_id }) => client_id));
  return mutations
    .filter(({ status, draft }) => status !== "success" && !known.has(draft.client_id))
    .map(({ mutationId, draft, status, error, waiting }) => {
      const mutation = () => cache.getAll().find((candidate) => candidate.mutationId === mutationId);
      return {
        draft,
        error: status === "error" ? error : null,
        waiting,
        retry: () =>
          void mutation()
            ?.execute(draft)
            .catch(() => undefined),
        discard: () => {
          const found = mutation();
          if (found) cache.remove(found);
        },
      };
    });
}
