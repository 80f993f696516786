import { queryOptions } from "@tanstack/react-query";

import { api, body } from "../api/client";

export const staffKey = ["staff"] as const;

export const staffMeQuery = queryOptions({
  queryKey: [...staffKey, "me"],
  queryFn: () => body(api.GET("/v1/staff/me")),
});

export const colleaguesQuery = queryOptions({
  queryKey: [...staffKey, "all"],
  queryFn: () => body(api.GET("/v1/staff")),
});

export const colleagueSessionsQuery = (staff_id: string) =>
  queryOptions({
    queryKey: [...staffKey, "sessions", staff_id] as const,
    queryFn: () => body(api.GET("/v1/staff/{staff_id}/sessions", { params: { path: { staff_id } } })),
  });

export const keyDestructionsQuery = queryOptions({
  queryKey: [...staffKey, "key-destructions"],
  queryFn: () => body(api.GET("/v1/staff/key-destructions")),
});
