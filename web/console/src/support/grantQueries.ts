import { queryOptions } from "@tanstack/react-query";

import { body, ownApi } from "../api/client";

export const ownGrantsQuery = queryOptions({
  queryKey: ["staff", "grants"] as const,
  // Asked again when one comes back to the page, and not by itself: a page that is left alone keeps no session alive.
  queryFn: () => body(ownApi.GET("/v1/staff/grants")),
});
