import { Table, Text } from "@mantine/core";

import type { Order } from "../api/types";
import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { formatMoment, formatMoney } from "../ui/format";
import { LinkAnchor } from "../ui/LinkAnchor";
import { AttributedTo } from "./AttributedTo";

export function OrderTable({ orders, showCustomer = true }: { orders: Order[]; showCustomer?: boolean }) {
  const withCustomer = can(useMe(), "customer.read") && showCustomer;
  return (
    <Table.ScrollContainer minWidth={320}>
      <Table verticalSpacing="sm" aria-label="Orders">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Order</Table.Th>
            <Table.Th visibleFrom="sm">Placed</Table.Th>
            {withCustomer && <Table.Th visibleFrom="sm">Customer</Table.Th>}
            <Table.Th ta="right">Total</Table.Th>
            <Table.Th>Attributed to</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {orders.map((order) => (
            <Table.Tr key={order.id} data-testid="order-row" data-order-id={order.id}>
              <Table.Td>
                <Text size="sm" fw={600}>
                  {order.external_id}
                </Text>
                <Text size="xs" c="dimmed" hiddenFrom="sm">
                  {formatMoment(order.placed_at)}
                </Text>
              </Table.Td>
              <Table.Td visibleFrom="sm">{formatMoment(order.placed_at)}</Table.Td>
              {withCustomer && (
                <Table.Td visibleFrom="sm">
                  {order.customer_id ? (
                    <LinkAnchor
                      to="/customers/$id"
                      params={{ id: order.customer_id }}
                      size="sm"
                      aria-label={`Profile of the customer of order ${order.external_id}`}
                    >
                      Profile
                    </LinkAnchor>
                  ) : (
                    "–"
                  )}
                </Table.Td>
              )}
              <Table.Td ta="right">{formatMoney(order.total_minor, order.currency)}</Table.Td>
              <Table.Td>
                <AttributedTo order={order} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
