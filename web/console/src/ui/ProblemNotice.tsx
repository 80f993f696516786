import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";

import { isProblem } from "../api/problem";

/** An error as the server told it, or as plainly as can be when the server could not be asked. */
export function ProblemNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = isProblem(error) ? error : null;
  // Asking again for what does not exist or is not allowed changes nothing.
  const final = problem !== null && problem.status < 500 && problem.status !== 429;
  const offline = error instanceof TypeError;
  return (
    <Alert
      w="100%"
      color="red"
      icon={<IconAlertCircle />}
      title={problem?.title ?? (offline ? "The server cannot be reached" : "Something went wrong")}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {problem?.detail ??
            (offline ? "Check your connection; nothing has been lost." : "This page met a fault of its own.")}
        </Text>
        {problem?.requestId && (
          <Group gap={6}>
            <Text size="xs">Request</Text>
            <Code>{problem.requestId}</Code>
          </Group>
        )}
        {onRetry && !final && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
