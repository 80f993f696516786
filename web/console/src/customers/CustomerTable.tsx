import { Table, Text } from "@mantine/core";

import type { Customer } from "../api/types";
import { formatCount, formatDate, formatMoney } from "../ui/format";
import { LinkAnchor } from "../ui/LinkAnchor";
import classes from "./CustomerTable.module.css";

export function CustomerTable({ customers }: { customers: Customer[] }) {
  return (
    <Table highlightOnHover verticalSpacing="sm" aria-label="Customers">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th visibleFrom="sm">Contact</Table.Th>
          <Table.Th ta="right" visibleFrom="xs">
            Orders
          </Table.Th>
          <Table.Th ta="right">Spent</Table.Th>
          <Table.Th visibleFrom="sm">Last seen</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {customers.map((customer) => (
          <Table.Tr key={customer.id} className={classes.row} data-testid="customer-row" data-customer-id={customer.id}>
            <Table.Td>
              <LinkAnchor
                to="/customers/$id"
                params={{ id: customer.id }}
                className={classes.link}
                size="sm"
                fw={600}
                underline="never"
              >
                {customer.name}
              </LinkAnchor>
              <Text size="xs" c="dimmed" hiddenFrom="sm" className={classes.wrap}>
                {customer.email ?? customer.phone}
              </Text>
            </Table.Td>
            <Table.Td visibleFrom="sm" className={classes.wrap}>
              {customer.email ?? customer.phone}
            </Table.Td>
            <Table.Td ta="right" visibleFrom="xs">
              {formatCount(customer.orders)}
            </Table.Td>
            <Table.Td ta="right">{formatMoney(customer.spent_minor, customer.currency)}</Table.Td>
            <Table.Td visibleFrom="sm">{customer.last_seen_at ? formatDate(customer.last_seen_at) : "–"}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
