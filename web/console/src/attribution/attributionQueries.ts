import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, body } from "../api/client";

export type Range = 7 | 30 | 90;

export const attributionQuery = (days: Range) =>
  queryOptions({
    queryKey: ["attribution", days] as const,
    queryFn: () => body(api.GET("/v1/attribution", { params: { query: { days } } })),
  });

export const ordersQuery = infiniteQueryOptions({
  queryKey: ["orders"] as const,
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam }) =>
    body(
      api.GET("/v1/orders", {
        params: { query: { limit: 25, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
      }),
    ),
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});
