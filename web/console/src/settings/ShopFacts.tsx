import { Paper, Title } from "@mantine/core";

import type { Merchant } from "../api/types";
import { Facts } from "../ui/Facts";
import { formatDate } from "../ui/format";

/** What Shopify decides, and Cordon only shows. */
export function ShopFacts({ merchant }: { merchant: Merchant }) {
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="sm">
        Shop
      </Title>
      <Facts
        facts={[
          ["Address", merchant.shop],
          ["Currency", merchant.currency],
          ["With Cordon since", formatDate(merchant.created_at)],
        ]}
      />
    </Paper>
  );
}
