import { Button, Group, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";

import type { ProblemError } from "../api/problem";
import { FullPage } from "../ui/FullPage";

export function SuspendedPage({ problem, onRetry }: { problem: ProblemError; onRetry: () => void }) {
  return (
    <FullPage icon={<IconLock size={28} />} color="orange" title="This shop is suspended">
      <Text>
        Access to the shop&apos;s data is closed for everyone while the suspension lasts. Nothing has been deleted, and
        the console opens again by itself when it is lifted.
      </Text>
      <Text>Whoever runs Cordon for your shop knows why, and can lift it.</Text>
      {problem.requestId && (
        <Text size="xs" c="dimmed">
          Request {problem.requestId}
        </Text>
      )}
      <Group>
        <Button onClick={onRetry}>Check again</Button>
      </Group>
    </FullPage>
  );
}
