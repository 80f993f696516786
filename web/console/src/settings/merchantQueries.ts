import { queryOptions } from "@tanstack/react-query";

import { api, body } from "../api/client";

export const merchantQuery = queryOptions({
  queryKey: ["merchant"] as const,
  queryFn: () => body(api.GET("/v1/merchant")),
});
