import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import type { SupportGrant } from "../api/types";
import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { GrantFacts } from "../support/GrantFacts";
import { ConfirmButton } from "../ui/ConfirmButton";
import { ProblemNotice } from "../ui/ProblemNotice";
import { grantsQuery } from "./accessQueries";

const LABELS = { waiting: "Waits for your yes", active: "Inside", ended: "Over" };

const at = (id: string) => ({ params: { path: { grant_id: id } }, body: {} });

export function GrantList({ grants }: { grants: SupportGrant[] }) {
  const queryClient = useQueryClient();
  const me = useMe();
  const decide = useMutation({
    mutationFn: async ({ id, yes }: { id: string; yes: boolean }) => {
      await (yes
        ? body(api.POST("/v1/support-grants/{grant_id}/approve", at(id)))
        : body(api.POST("/v1/support-grants/{grant_id}/revoke", at(id))));
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: grantsQuery.queryKey }),
  });

  if (grants.length === 0) return <Text size="sm">Nobody was let into the shop.</Text>;
  return (
    <Stack gap="md">
      {decide.isError && <ProblemNotice error={decide.error} />}
      {grants.map((grant) => (
        <Group key={grant.grant_id} justify="space-between" align="flex-start" wrap="nowrap" data-testid="grant-row">
          <GrantFacts grant={grant} labels={LABELS} />
          <Group gap="xs">
            {grant.state === "waiting" && can(me, "grant.approve") && (
              <Button
                size="xs"
                aria-label={`Let in for ticket ${grant.ticket}`}
                loading={decide.isPending}
                onClick={() => decide.mutate({ id: grant.grant_id, yes: true })}
              >
                Let in
              </Button>
            )}
            {grant.state !== "ended" && can(me, "grant.revoke") && (
              <ConfirmButton
                label={grant.state === "waiting" ? "Refuse" : "Revoke"}
                description={`ticket ${grant.ticket}`}
                loading={decide.isPending}
                onConfirm={() => decide.mutate({ id: grant.grant_id, yes: false })}
              />
            )}
          </Group>
        </Group>
      ))}
    </Stack>
  );
}
