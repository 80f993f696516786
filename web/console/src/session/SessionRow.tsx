import { Badge, Button, Group, Stack, Text } from "@mantine/core";

import type { OpenSession } from "../api/types";
import { formatRecent } from "../ui/format";

interface Props {
  session: OpenSession;
  ending: boolean;
  onEnd: () => void;
}

/** One place where somebody is signed in. */
export function SessionRow({ session, ending, onEnd }: Props) {
  const place = [session.country, session.address].filter((part) => part !== "").join(", ");
  return (
    <Group
      component="li"
      justify="space-between"
      wrap="nowrap"
      data-testid="session-row"
      data-current={session.current}
    >
      <Stack gap={0}>
        <Group gap="xs">
          <Text fw={600}>{session.device}</Text>
          {session.current && <Badge variant="light">this one</Badge>}
        </Group>
        <Text size="sm" c="dimmed">
          {[session.name, place, `active ${formatRecent(session.renewed_at)}`]
            .filter((part) => part !== "")
            .join(" · ")}
        </Text>
      </Stack>
      {!session.current && (
        <Button
          variant="default"
          size="xs"
          loading={ending}
          onClick={onEnd}
          aria-label={`Sign out ${session.device} of ${session.name}`}
        >
          Sign out
        </Button>
      )}
    </Group>
  );
}
