import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import type { SupportGrant } from "../api/types";
import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { ConfirmButton } from "../ui/ConfirmButton";
import { formatMoment } from "../ui/format";
import { ProblemNotice } from "../ui/ProblemNotice";
import { grantsQuery } from "./accessQueries";

const STATES = {
  waiting: { label: "Waits for your yes", color: "orange" },
  active: { label: "Inside", color: "teal" },
  ended: { label: "Over", color: "gray" },
} as const;

const at = (id: string) => ({ params: { path: { grant_id: id } }, body: {} });

function course({ state, opened_at, minutes, expires_at, ended_at }: SupportGrant): string {
  if (state === "waiting") return `asked ${formatMoment(opened_at)} for ${minutes} minutes`;
  if (state === "active") return `until ${formatMoment(expires_at)}`;
  return `${formatMoment(opened_at)} to ${formatMoment(ended_at ?? expires_at)}`;
}

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
          <Stack gap={2} miw={0}>
            <Group gap="xs">
              <Badge variant="dot" color={STATES[grant.state].color} tt="none">
                {STATES[grant.state].label}
              </Badge>
              <Text size="xs" c="dimmed">
                Ticket {grant.ticket} · {course(grant)}
              </Text>
            </Group>
            <Text size="sm">{grant.reason}</Text>
          </Stack>
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
