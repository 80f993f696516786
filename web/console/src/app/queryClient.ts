import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { isProblem, isTransient, retryAfterMs } from "../api/problem";
import { meKey } from "../session/me";

/** Faults of the whole session rather than of one request; the shell shows them from `me`. */
function concernsTheSession(error: unknown): boolean {
  return isProblem(error) && [401, 423, 503].includes(error.status);
}

export function createQueryClient(): QueryClient {
  const recheckSession = (error: unknown) => {
    if (concernsTheSession(error)) void client.invalidateQueries({ queryKey: meKey });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.queryKey[0] !== meKey[0]) recheckSession(error);
      },
    }),
    mutationCache: new MutationCache({ onError: recheckSession }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) => failures < 3 && isTransient(error),
        retryDelay: retryAfterMs,
      },
    },
  });
  return client;
}
