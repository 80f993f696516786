import { infiniteQueryOptions } from "@tanstack/react-query";

import { api, body } from "../api/client";

export const membersKey = ["members"] as const;

const firstPage = undefined as string | undefined;

export const peopleQuery = infiniteQueryOptions({
  queryKey: [...membersKey, "pages"] as const,
  initialPageParam: firstPage,
  queryFn: ({ pageParam }) =>
    body(
      api.GET("/v1/members", {
        params: { query: { limit: 200, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
      }),
    ),
  getNextPageParam: (last) => last.next_cursor ?? undefined,
});
