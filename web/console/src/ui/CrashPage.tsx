import { Button, Group, Stack, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";

import { framed } from "../session/framed";
import { ProblemNotice } from "./ProblemNotice";

/** What a page shows when it threw; the shell around it keeps working. */
export function CrashPage({ error, reset }: { error: Error; reset: () => void }) {
  const router = useRouter();
  const queryClient = useQueryClient();
  return (
    <Stack p="lg" maw={640} mx="auto">
      <Title order={1} size="h3">
        This page cannot be shown
      </Title>
      <ProblemNotice error={error} />
      <Group>
        <Button
          onClick={() => {
            void queryClient.resetQueries({ predicate: (query) => query.state.status === "error" });
            reset();
            void router.invalidate();
          }}
        >
          Try again
        </Button>
        {!framed && (
          <Button variant="default" onClick={() => window.location.assign(import.meta.env.BASE_URL)}>
            Back to the start
          </Button>
        )}
      </Group>
    </Stack>
  );
}
