import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { formatTime } from "../ui/format";
import { ownGrantsQuery } from "./grantQueries";

/** Says to staff in a shop why they are there and until when, on every page of it. */
export function GrantBanner({ grantId }: { grantId: string }) {
  const grants = useQuery(ownGrantsQuery);
  const grant = grants.data?.items.find((one) => one.grant_id === grantId);
  return (
    <Group
      component="aside"
      aria-label="Support grant"
      px="md"
      py={6}
      justify="space-between"
      wrap="nowrap"
      bg="var(--mantine-color-default-hover)"
      data-testid="grant-banner"
    >
      <Text size="sm" miw={0}>
        <b>You are here as support, to look.</b>
        {grant && ` Ticket ${grant.ticket}, until ${formatTime(grant.expires_at)}: ${grant.reason}`}
      </Text>
      <Button component="a" href={`${import.meta.env.BASE_URL}staff`} size="xs" variant="default" flex="none">
        Leave the shop
      </Button>
    </Group>
  );
}
