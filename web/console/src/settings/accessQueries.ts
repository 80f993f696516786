import { queryOptions } from "@tanstack/react-query";

import { api, body } from "../api/client";

export const tokensQuery = queryOptions({
  queryKey: ["api-tokens"] as const,
  queryFn: () => body(api.GET("/v1/api-tokens")),
});

export const grantsQuery = queryOptions({
  queryKey: ["support-grants"] as const,
  queryFn: () => body(api.GET("/v1/support-grants")),
  // Support may ask at any time, and a grant ends by itself.
  refetchInterval: 30_000,
});

export const supportAccessQuery = queryOptions({
  queryKey: ["support-access"] as const,
  queryFn: () => body(api.GET("/v1/support-access")),
});
