import { queryOptions, useQuery } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { isProblem } from "../api/problem";
import type { Me } from "../api/types";

export const meKey = ["me"] as const;

export const meQuery = queryOptions({
  queryKey: meKey,
  queryFn: () => body(api.GET("/v1/me")),
  staleTime: 5 * 60_000,
  // While the shop is suspended or the service is stopped, the page looks again by itself; a session that ended stays so.
  refetchInterval: ({ state: { error } }) => (error && !(isProblem(error) && error.status === 401) ? 15_000 : false),
});

/** Who is signed in. For use below the shell, which renders its pages only once this is known. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("useMe is for pages inside the shell");
  return data;
}
