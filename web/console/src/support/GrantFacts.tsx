import { Badge, Group, Stack, Text } from "@mantine/core";

import type { SupportGrant } from "../api/types";
import { formatMoment } from "../ui/format";

type State = SupportGrant["state"];

const COLORS: Record<State, string> = { waiting: "orange", active: "teal", ended: "gray" };

function course({ state, opened_at, minutes, expires_at, ended_at }: SupportGrant): string {
  if (state === "waiting") return `asked ${formatMoment(opened_at)} for ${minutes} minutes`;
  if (state === "active") return `until ${formatMoment(expires_at)}`;
  return `${formatMoment(opened_at)} to ${formatMoment(ended_at ?? expires_at)}`;
}

interface Props {
  grant: SupportGrant;
  /** What its state is to whoever reads this. */
  labels: Record<State, string>;
  withShop?: boolean;
}

/** What a support grant is for, and where it stands. */
export function GrantFacts({ grant, labels, withShop = false }: Props) {
  return (
    <Stack gap={2} miw={0}>
      <Group gap="xs">
        {withShop && (
          <Text fw={500} size="sm">
            {grant.shop}
          </Text>
        )}
        <Badge variant="dot" color={COLORS[grant.state]} tt="none">
          {labels[grant.state]}
        </Badge>
        <Text size="xs" c="dimmed">
          Ticket {grant.ticket} · {course(grant)}
        </Text>
      </Group>
      <Text size="sm">{grant.reason}</Text>
    </Stack>
  );
}
