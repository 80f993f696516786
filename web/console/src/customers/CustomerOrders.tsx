import { useInfiniteQuery } from "@tanstack/react-query";

import { OrderTable } from "../attribution/OrderTable";
import { Paged } from "../ui/Paged";
import { customerOrdersQuery } from "./customerQueries";

export function CustomerOrders({ id }: { id: string }) {
  const query = useInfiniteQuery(customerOrdersQuery(id));
  return (
    <Paged query={query} height={80} empty="No order by this customer." more="Load more orders">
      {(orders) => <OrderTable orders={orders} showCustomer={false} />}
    </Paged>
  );
}
