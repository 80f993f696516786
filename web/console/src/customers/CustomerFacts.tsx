import { Anchor } from "@mantine/core";

import type { Customer } from "../api/types";
import { Facts } from "../ui/Facts";
import { formatCount, formatDate, formatMoney } from "../ui/format";

const NONE = "not known";

export function CustomerFacts({ customer }: { customer: Customer }) {
  return (
    <Facts
      facts={[
        ["Email", customer.email ? <Anchor href={`mailto:${customer.email}`}>{customer.email}</Anchor> : NONE],
        ["Phone", customer.phone ? <Anchor href={`tel:${customer.phone}`}>{customer.phone}</Anchor> : NONE],
        ["Orders", formatCount(customer.orders)],
        ["Spent", formatMoney(customer.spent_minor, customer.currency)],
        ["Customer since", formatDate(customer.created_at)],
        ["Last seen", customer.last_seen_at ? formatDate(customer.last_seen_at) : "never in the chat"],
      ]}
    />
  );
}
