import { useInfiniteQuery } from "@tanstack/react-query";

import { Paged } from "../ui/Paged";
import { ordersQuery } from "./attributionQueries";
import { OrderTable } from "./OrderTable";

export function Orders() {
  const query = useInfiniteQuery(ordersQuery);
  return (
    <Paged query={query} height={200} empty="No orders yet." more="Load more orders">
      {(orders) => <OrderTable orders={orders} />}
    </Paged>
  );
}
