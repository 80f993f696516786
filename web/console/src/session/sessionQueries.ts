import { queryOptions } from "@tanstack/react-query";

import { api, body } from "../api/client";

export const sessionsKey = ["sessions"] as const;

/** One's own sessions, or those of everybody in the shop. */
export const sessionsQuery = (everybody: boolean) =>
  queryOptions({
    queryKey: [...sessionsKey, everybody] as const,
    queryFn: () => body(everybody ? api.GET("/v1/shop/sessions") : api.GET("/v1/sessions")),
  });

const at = (id: string) => ({ params: { path: { session_id: id } } });

export const endSession = (id: string, everybody: boolean) =>
  body(
    everybody ? api.DELETE("/v1/shop/sessions/{session_id}", at(id)) : api.DELETE("/v1/sessions/{session_id}", at(id)),
  );
