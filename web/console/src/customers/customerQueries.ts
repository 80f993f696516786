import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, body } from "../api/client";

const firstPage = undefined as string | undefined;
const page = (cursor: string | undefined, limit: number) => ({ limit, ...(cursor === undefined ? {} : { cursor }) });

export const customersQuery = (search: string) =>
  infiniteQueryOptions({
    queryKey: ["customers", "list", search] as const,
    initialPageParam: firstPage,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/customers", {
          params: { query: { ...page(pageParam, 50), ...(search === "" ? {} : { query: search }) } },
        }),
      ),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const customerQuery = (id: string) =>
  queryOptions({
    queryKey: ["customers", "one", id] as const,
    queryFn: () => body(api.GET("/v1/customers/{customer_id}", { params: { path: { customer_id: id } } })),
  });

export const customerConversationsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["customers", "one", id, "conversations"] as const,
    initialPageParam: firstPage,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/customers/{customer_id}/conversations", {
          params: { path: { customer_id: id }, query: page(pageParam, 20) },
        }),
      ),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const customerOrdersQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["customers", "one", id, "orders"] as const,
    initialPageParam: firstPage,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/customers/{customer_id}/orders", {
          params: { path: { customer_id: id }, query: page(pageParam, 20) },
        }),
      ),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
