import { Skeleton, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { LoadMore } from "../ui/LoadMore";
import { ProblemNotice } from "../ui/ProblemNotice";
import { ordersQuery } from "./attributionQueries";
import { OrderTable } from "./OrderTable";

export function Orders() {
  const query = useInfiniteQuery(ordersQuery);
  if (query.isPending) return <Skeleton height={200} />;
  if (!query.data) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  const orders = query.data.pages.flatMap((page) => page.items);
  if (orders.length === 0) return <Text c="dimmed">No orders yet.</Text>;
  return (
    <>
      <OrderTable orders={orders} />
      <LoadMore
        label="Load more orders"
        hasMore={query.hasNextPage}
        loading={query.isFetchingNextPage}
        failed={query.isFetchNextPageError}
        onMore={() => void query.fetchNextPage()}
      />
    </>
  );
}
