import { Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { customerQuery } from "../customers/customerQueries";
import { CustomerFacts } from "../customers/CustomerFacts";
import { LinkButton } from "../ui/LinkButton";
import { ProblemNotice } from "../ui/ProblemNotice";

export function ShopperProfile({ customerId }: { customerId: string | null }) {
  const query = useQuery({ ...customerQuery(customerId ?? ""), enabled: customerId !== null });
  if (customerId === null) {
    return (
      <Text size="sm" c="dimmed">
        This visitor has not been recognised as a customer.
      </Text>
    );
  }
  if (query.isError) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={160} />;
  return (
    <Stack gap="md" align="stretch">
      <CustomerFacts customer={query.data} />
      <LinkButton to="/customers/$id" params={{ id: customerId }} variant="default" size="xs">
        Open profile
      </LinkButton>
    </Stack>
  );
}
