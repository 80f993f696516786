import { Button, Modal, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import type { StaffAccount } from "../api/types";
import { ProblemNotice } from "../ui/ProblemNotice";
import { RecoveryCodes } from "./RecoveryCodes";
import { staffKey } from "./staffQueries";
import { useStepUp } from "./useStepUp";

/** How many recovery codes are left, and ten new ones in their place. */
export function NewRecoveryCodes({ account }: { account: StaffAccount }) {
  const queryClient = useQueryClient();
  const { run, dialogue } = useStepUp();
  const renew = useMutation({
    mutationFn: () => run(() => body(api.POST("/v1/staff/recovery-codes"))),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: staffKey }),
  });
  return (
    <Paper withBorder p="md" component="section" aria-label="Recovery codes">
      <Stack align="flex-start">
        <Title order={2} size="h4">
          Recovery codes
        </Title>
        {renew.isError && <ProblemNotice error={renew.error} />}
        <Text>{account.recovery_codes} recovery codes are left.</Text>
        <Button variant="default" loading={renew.isPending} onClick={() => renew.mutate()}>
          Make ten new ones
        </Button>
        {/* Nothing but the button closes it: they are shown this once. */}
        <Modal
          opened={renew.data !== undefined}
          onClose={() => renew.reset()}
          withCloseButton={false}
          closeOnClickOutside={false}
          closeOnEscape={false}
          title="Your new recovery codes"
        >
          {renew.data && <RecoveryCodes codes={renew.data.recovery_codes} onDone={() => renew.reset()} />}
        </Modal>
        {dialogue}
      </Stack>
    </Paper>
  );
}
