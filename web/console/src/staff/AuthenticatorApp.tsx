import { Button, Modal, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import type { StaffAccount, StaffChallenge } from "../api/types";
import { ProblemNotice } from "../ui/ProblemNotice";
import { codeAnswer } from "./factor";
import { NewAuthenticator } from "./NewAuthenticator";
import { staffKey } from "./staffQueries";
import { useStepUp } from "./useStepUp";

/** One's own authenticator app: a new one takes the old one's place once it has shown its first code. */
export function AuthenticatorApp({ account }: { account: StaffAccount }) {
  const queryClient = useQueryClient();
  const { run, dialogue } = useStepUp();
  const begin = useMutation({ mutationFn: () => run(() => body(api.POST("/v1/staff/factors/begin"))) });
  const add = useMutation({
    mutationFn: ({ challenge, code }: { challenge: StaffChallenge; code: string }) =>
      body(api.POST("/v1/staff/factors", { body: codeAnswer(challenge, "totp", code) })),
    onSuccess: () => {
      begin.reset();
      return queryClient.invalidateQueries({ queryKey: staffKey });
    },
  });
  const close = () => {
    begin.reset();
    add.reset();
  };
  const challenge = begin.data;
  return (
    <Paper withBorder p="md" component="section" aria-label="Authenticator app">
      <Stack align="flex-start">
        <Title order={2} size="h4">
          Authenticator app
        </Title>
        {begin.isError && <ProblemNotice error={begin.error} />}
        {add.isSuccess && <Text role="status">The new app is set up. Codes of an older one no longer hold.</Text>}
        <Text>{account.totp ? "An authenticator app is set up." : "None yet."}</Text>
        <Button variant="default" loading={begin.isPending} onClick={() => begin.mutate()}>
          {account.totp ? "Replace the app" : "Set up an app"}
        </Button>
        <Modal
          opened={challenge !== undefined}
          onClose={close}
          title="A new authenticator app"
          closeButtonProps={{ "aria-label": "Close" }}
        >
          {challenge?.enrol && (
            <Stack align="flex-start">
              {add.isError && <ProblemNotice error={add.error} />}
              <NewAuthenticator
                factor={challenge.enrol}
                busy={add.isPending}
                onCode={(code) => add.mutate({ challenge, code })}
              />
            </Stack>
          )}
        </Modal>
        {dialogue}
      </Stack>
    </Paper>
  );
}
