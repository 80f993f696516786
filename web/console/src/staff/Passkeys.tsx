import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import type { StaffAccount } from "../api/types";
import { ProblemNotice } from "../ui/ProblemNotice";
import { passkeyAnswer } from "./factor";
import { staffKey } from "./staffQueries";
import { useStepUp } from "./useStepUp";
import { createPasskey } from "./webauthn";

/** One's own passkeys: adding and removing them asks for a second factor first. */
export function Passkeys({ account }: { account: StaffAccount }) {
  const queryClient = useQueryClient();
  const { run, dialogue } = useStepUp();
  const changed = { onSuccess: () => queryClient.invalidateQueries({ queryKey: staffKey }) };
  const add = useMutation({
    mutationFn: async () => {
      const challenge = await run(() => body(api.POST("/v1/staff/factors/begin")));
      const answer = await createPasskey(challenge);
      const name = `Passkey ${account.passkeys.length + 1}`;
      await body(api.POST("/v1/staff/factors", { body: passkeyAnswer(challenge, answer, name) }));
    },
    ...changed,
  });
  const remove = useMutation({
    mutationFn: (passkey_id: string) =>
      run(() => body(api.DELETE("/v1/staff/passkeys/{passkey_id}", { params: { path: { passkey_id } } }))),
    ...changed,
  });
  const error = add.error ?? remove.error;
  return (
    <Paper withBorder p="md" component="section" aria-label="Passkeys">
      <Stack align="flex-start">
        <Title order={2} size="h4">
          Passkeys
        </Title>
        {error && <ProblemNotice error={error} />}
        {account.passkeys.length === 0 && <Text c="dimmed">None yet.</Text>}
        {account.passkeys.map(({ passkey_id, name }) => (
          <Group key={passkey_id} data-testid="passkey">
            <Text>{name}</Text>
            <Button
              size="xs"
              variant="default"
              aria-label={`Remove ${name}`}
              loading={remove.isPending && remove.variables === passkey_id}
              onClick={() => remove.mutate(passkey_id)}
            >
              Remove
            </Button>
          </Group>
        ))}
        <Button variant="default" loading={add.isPending} onClick={() => add.mutate()}>
          Add a passkey
        </Button>
        {dialogue}
      </Stack>
    </Paper>
  );
}
