import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { SessionRow } from "../session/SessionRow";
import { Loading } from "../ui/Loading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { colleagueSessionsQuery, staffKey } from "./staffQueries";
import { useStepUp } from "./useStepUp";

interface Props {
  staff_id: string;
  email: string;
}

/** Where a colleague is signed in, for administrators: ending it asks for a second factor first. */
export function ColleagueSessions({ staff_id, email }: Props) {
  const queryClient = useQueryClient();
  const { run, dialogue } = useStepUp();
  const sessions = useQuery(colleagueSessionsQuery(staff_id));
  const changed = { onSettled: () => queryClient.invalidateQueries({ queryKey: staffKey }) };
  const end = useMutation({
    mutationFn: (session_id: string) =>
      run(() =>
        body(api.DELETE("/v1/staff/{staff_id}/sessions/{session_id}", { params: { path: { staff_id, session_id } } })),
      ),
    ...changed,
  });
  const endAll = useMutation({
    mutationFn: () => run(() => body(api.DELETE("/v1/staff/{staff_id}/sessions", { params: { path: { staff_id } } }))),
    ...changed,
  });
  const failed = sessions.error ?? end.error ?? endAll.error;
  const open = sessions.data?.items ?? [];
  return (
    <Paper withBorder p="sm" component="section" aria-label={`Sessions of ${email}`}>
      <Group justify="space-between" mb="sm">
        <Title order={3} size="h5">
          Where {email} is signed in
        </Title>
        {open.length > 0 && (
          <Button variant="subtle" color="red" size="xs" loading={endAll.isPending} onClick={() => endAll.mutate()}>
            Sign out everywhere
          </Button>
        )}
      </Group>
      {sessions.isPending && <Loading label="Loading the sessions" />}
      {failed && <ProblemNotice error={failed} />}
      {sessions.isSuccess && open.length === 0 && <Text c="dimmed">Nowhere.</Text>}
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: "none" }}>
        {open.map((one) => (
          <SessionRow
            key={one.session_id}
            session={{ ...one, name: email }}
            ending={end.isPending && end.variables === one.session_id}
            onEnd={() => end.mutate(one.session_id)}
          />
        ))}
      </Stack>
      {dialogue}
    </Paper>
  );
}
