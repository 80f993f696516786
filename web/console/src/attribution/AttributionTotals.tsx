import { SimpleGrid } from "@mantine/core";

import type { Attribution } from "../api/types";
import { formatCount, formatMoney } from "../ui/format";
import { Figure } from "./Figure";

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });

export function AttributionTotals({ attribution }: { attribution: Attribution }) {
  const { currency, revenue_minor, attributed_revenue_minor, orders, attributed_orders } = attribution;
  const share = revenue_minor === 0 ? 0 : attributed_revenue_minor / revenue_minor;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Figure
        testId="attribution-total"
        label="Attributed revenue"
        value={formatMoney(attributed_revenue_minor, currency)}
        emphasis
      />
      <Figure label="All revenue" value={formatMoney(revenue_minor, currency)} />
      <Figure label="Attributed share" value={percent.format(share)} />
      <Figure label="Attributed orders" value={`${formatCount(attributed_orders)} of ${formatCount(orders)}`} />
    </SimpleGrid>
  );
}
