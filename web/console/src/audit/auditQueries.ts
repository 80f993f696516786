import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, body, file } from "../api/client";
import { saveFile } from "../ui/saveFile";
import { type AnyEventSearch, type EventSearch, toQuery } from "./eventSearch";

const firstPage = undefined as string | undefined;
const page = (cursor: string | undefined) => ({ limit: 50, ...(cursor === undefined ? {} : { cursor }) });

export const ownEventsQuery = (search: EventSearch) =>
  infiniteQueryOptions({
    queryKey: ["audit", "own", search] as const,
    initialPageParam: firstPage,
    queryFn: ({ pageParam }) =>
      body(api.GET("/v1/audit-events", { params: { query: { ...toQuery(search), ...page(pageParam) } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const anyEventsQuery = (search: AnyEventSearch) =>
  infiniteQueryOptions({
    queryKey: ["audit", "any", search] as const,
    initialPageParam: firstPage,
    queryFn: ({ pageParam }) =>
      body(api.GET("/v1/staff/audit-events", { params: { query: { ...toQuery(search), ...page(pageParam) } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const membersQuery = queryOptions({
  queryKey: ["members"] as const,
  queryFn: () => body(api.GET("/v1/members", { params: { query: { limit: 200 } } })),
});

/** The proof that an event is in the log (https://c2sp.org/tlog-proof); a problem where it is not there yet. */
export const fetchProof = async (eventId: string): Promise<string> =>
  (await file(`/v1/audit-events/${eventId}/proof`)).text();

export type ExportFormat = "csv" | "jsonl";

/** Saves what is found as a file. Returns whether there is more than the server puts into one. */
export async function saveEvents(search: EventSearch, format: ExportFormat): Promise<boolean> {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(toQuery(search))) query.set(name, String(value));
  const response = await file(`/v1/audit-events/export?${query}`);
  saveFile(`activity.${format}`, await response.blob());
  return response.headers.has("Link");
}
