import { Badge, Button, Group, Paper, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, body } from "../api/client";
import type { DestructionRecord, StaffAccount } from "../api/types";
import { ConfirmButton } from "../ui/ConfirmButton";
import { formatDateTime } from "../ui/format";
import { ProblemNotice } from "../ui/ProblemNotice";
import { keyDestructionsQuery } from "./staffQueries";
import { useStepUp } from "./useStepUp";

const STATES = {
  waiting: { label: "Waits for a second person", color: "orange" },
  approved: { label: "Approved", color: "red" },
  withdrawn: { label: "Withdrawn", color: "gray" },
  ending: { label: "Leaving the backups", color: "red" },
  done: { label: "Gone for good", color: "gray" },
} as const;

const at = (destruction_id: string) => ({ params: { path: { destruction_id } }, body: {} });

function course(one: DestructionRecord): string {
  if (one.state === "waiting") return `ends ${formatDateTime(one.due_at)} at the earliest, once somebody else says yes`;
  if (one.state === "approved") return `ends ${formatDateTime(one.due_at)}`;
  return formatDateTime(one.done_at ?? one.keys_gone_at ?? one.withdrawn_at ?? one.asked_at);
}

const whose = ({ whole, subjects }: DestructionRecord) => (whole ? "every key" : `${subjects} keys of a customer's`);

/** The end of shops' keys: asked for by one, approved by another, both with a second factor of now. */
export function KeyDestructions({ account }: { account: StaffAccount }) {
  const queryClient = useQueryClient();
  const { run, dialogue } = useStepUp();
  const all = useQuery(keyDestructionsQuery);
  const [shop, setShop] = useState("");
  const [why, setWhy] = useState("");
  const may = account.permissions.includes("key.destroy");
  const settled = { onSettled: () => queryClient.invalidateQueries({ queryKey: keyDestructionsQuery.queryKey }) };
  const ask = useMutation({
    mutationFn: () => run(() => body(api.POST("/v1/staff/key-destructions", { body: { shop, why } }))),
    onSuccess: () => {
      setShop("");
      setWhy("");
    },
    ...settled,
  });
  const approve = useMutation({
    mutationFn: (id: string) =>
      run(() => body(api.POST("/v1/staff/key-destructions/{destruction_id}/approve", at(id)))),
    ...settled,
  });
  const withdraw = useMutation({
    mutationFn: (id: string) => body(api.POST("/v1/staff/key-destructions/{destruction_id}/withdraw", at(id))),
    ...settled,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  const who = (by: string) => (by === account.staff_id ? "you" : by);
  const error = all.error ?? ask.error ?? approve.error ?? withdraw.error;
  return (
    <Paper withBorder p="md" component="section" aria-label="The end of keys">
      <Stack>
        <Title order={2} size="h4">
          The end of keys
        </Title>
        <Text size="sm">
          Without its key nothing personal of a shop can be read any more, in backups neither. It takes two people and
          seven days; until then anybody here can say no.
        </Text>
        {error && <ProblemNotice error={error} />}
        {all.data?.items.length === 0 && <Text size="sm">Nobody has asked for any.</Text>}
        {all.data?.items.map((one) => (
          <Group
            key={one.destruction_id}
            justify="space-between"
            align="flex-start"
            wrap="nowrap"
            data-testid="key-destruction"
          >
            <Stack gap={2} miw={0}>
              <Group gap="xs">
                <Text fw={500} size="sm">
                  {one.shop}
                </Text>
                <Badge variant="dot" color={STATES[one.state].color} tt="none">
                  {STATES[one.state].label}
                </Badge>
                <Text size="xs" c="dimmed">
                  {whose(one)} · {course(one)}
                </Text>
              </Group>
              <Text size="sm">{one.why}</Text>
              <Text size="xs" c="dimmed">
                Asked for by {who(one.asked_by)}
                {one.approved_by && `, approved by ${who(one.approved_by)}`}
                {one.withdrawn_by && `, withdrawn by ${who(one.withdrawn_by)}`}
              </Text>
            </Stack>
            {may && (
              <Group gap="xs" wrap="nowrap">
                {one.state === "waiting" && one.asked_by !== account.staff_id && (
                  <ConfirmButton
                    label="Approve"
                    description={`the end of ${one.shop}'s keys`}
                    loading={approve.isPending}
                    onConfirm={() => approve.mutate(one.destruction_id)}
                  />
                )}
                {(one.state === "waiting" || one.state === "approved") && (
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={`Withdraw the end of ${one.shop}'s keys`}
                    loading={withdraw.isPending}
                    onClick={() => withdraw.mutate(one.destruction_id)}
                  >
                    Withdraw
                  </Button>
                )}
              </Group>
            )}
          </Group>
        ))}
        {may && (
          <form onSubmit={submit}>
            <Stack gap="xs" align="flex-start">
              <TextInput
                label="Shop whose keys are to end"
                value={shop}
                onChange={(event) => setShop(event.currentTarget.value)}
              />
              <Textarea
                label="Why"
                description="In twenty characters or more; the shop can read it."
                autosize
                minRows={2}
                w="100%"
                value={why}
                onChange={(event) => setWhy(event.currentTarget.value)}
              />
              <Button type="submit" color="red" loading={ask.isPending} disabled={!shop || why.trim().length < 20}>
                Ask for the end
              </Button>
            </Stack>
          </form>
        )}
        {dialogue}
      </Stack>
    </Paper>
  );
}
