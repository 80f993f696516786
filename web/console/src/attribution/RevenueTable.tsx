import { Table, VisuallyHidden } from "@mantine/core";

import type { AttributionDay } from "../api/types";
import { formatDay, formatMoney } from "../ui/format";

/** The chart's numbers, for those who do not see it. */
export function RevenueTable({ days, currency }: { days: AttributionDay[]; currency: string }) {
  return (
    <VisuallyHidden>
      <Table>
        <Table.Caption>Revenue by day</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Day</Table.Th>
            <Table.Th scope="col">Attributed</Table.Th>
            <Table.Th scope="col">All</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days.map(({ day, attributed_revenue_minor, revenue_minor }) => (
            <Table.Tr key={day}>
              <Table.Th scope="row">{formatDay(day)}</Table.Th>
              <Table.Td>{formatMoney(attributed_revenue_minor, currency)}</Table.Td>
              <Table.Td>{formatMoney(revenue_minor, currency)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </VisuallyHidden>
  );
}
