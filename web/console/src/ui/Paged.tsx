import { Skeleton, Text } from "@mantine/core";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { LoadMore } from "./LoadMore";
import { ProblemNotice } from "./ProblemNotice";

interface PagedProps<Item> {
  query: UseInfiniteQueryResult<InfiniteData<{ items: Item[] }>>;
  /** Of the place that is kept while the first page comes. */
  height: number;
  /** What to say where there is no item. */
  empty: string;
  /** What the button for the next page says. */
  more: string;
  children: (items: Item[]) => ReactNode;
}

/** A list that comes page by page. */
export function Paged<Item>({ query, height, empty, more, children }: PagedProps<Item>) {
  if (query.isPending) return <Skeleton height={height} />;
  if (!query.data) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Text c="dimmed">{empty}</Text>;
  return (
    <>
      {children(items)}
      <LoadMore
        label={more}
        hasMore={query.hasNextPage}
        loading={query.isFetchingNextPage}
        failed={query.isFetchNextPageError}
        onMore={() => void query.fetchNextPage()}
      />
    </>
  );
}
