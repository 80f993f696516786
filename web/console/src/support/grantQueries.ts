import { queryOptions } from "@tanstack/react-query";

import { body, ownApi } from "../api/client";

export const ownGrantsQuery = queryOptions({
  queryKey: ["staff", "grants"] as const,
  queryFn: () => body(ownApi.GET("/v1/staff/grants")),
  // The shop may let one in or send one out at any time, and a grant ends by itself.
  refetchInterval: 30_000,
});
