import { Button, Group, Paper, Stack, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { Loading } from "../ui/Loading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { useMe } from "./me";
import { can } from "./permissions";
import { session } from "./session";
import { SessionRow } from "./SessionRow";
import { endSession, sessionsKey, sessionsQuery } from "./sessionQueries";
import { useLeave } from "./useLeave";

/** Where one is signed in (an owner sees everybody of the shop), and ending it. */
export function Sessions() {
  const queryClient = useQueryClient();
  const everybody = can(useMe(), "session.manage");
  const sessions = useQuery(sessionsQuery(everybody));
  const end = useMutation({
    mutationFn: (id: string) => endSession(id, everybody),
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsKey }),
  });
  const endAll = useMutation({
    mutationFn: () => session.signOutEverywhere(),
    onSuccess: useLeave(),
  });
  const failed = sessions.error ?? end.error ?? endAll.error;

  return (
    <Paper withBorder p="md" data-testid="sessions">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {everybody ? "Where your shop is signed in" : "Where you are signed in"}
        </Title>
        <Button variant="subtle" color="red" size="xs" loading={endAll.isPending} onClick={() => endAll.mutate()}>
          Sign me out everywhere
        </Button>
      </Group>
      {sessions.isPending && <Loading label="Loading the sessions" />}
      {failed && <ProblemNotice error={failed} onRetry={() => void sessions.refetch()} />}
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: "none" }}>
        {sessions.data?.items.map((one) => (
          <SessionRow
            key={one.session_id}
            session={one}
            ending={end.isPending && end.variables === one.session_id}
            onEnd={() => end.mutate(one.session_id)}
          />
        ))}
      </Stack>
    </Paper>
  );
}
