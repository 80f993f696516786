import { Skeleton, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { OrderTable } from "../attribution/OrderTable";
import { LoadMore } from "../ui/LoadMore";
import { ProblemNotice } from "../ui/ProblemNotice";
import { customerOrdersQuery } from "./customerQueries";

export function CustomerOrders({ id }: { id: string }) {
  const query = useInfiniteQuery(customerOrdersQuery(id));
  if (query.isPending) return <Skeleton height={80} />;
  if (!query.data) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  const orders = query.data.pages.flatMap((page) => page.items);
  if (orders.length === 0) return <Text c="dimmed">No order by this customer.</Text>;
  return (
    <>
      <OrderTable orders={orders} showCustomer={false} />
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
