import { Badge, Button, Code, Group, Paper, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, body } from "../api/client";
import type { StaffAccount } from "../api/types";
import { ProblemNotice } from "../ui/ProblemNotice";
import { ColleagueSessions } from "./ColleagueSessions";
import { colleaguesQuery, staffKey } from "./staffQueries";
import { useStepUp } from "./useStepUp";

const ROLES = ["support", "security", "auditor", "administrator"] as const;
type Role = (typeof ROLES)[number];

/** Who is staff, for administrators: inviting and ending access ask for a second factor first. */
export function Colleagues({ account }: { account: StaffAccount }) {
  const queryClient = useQueryClient();
  const { run, dialogue } = useStepUp();
  const all = useQuery(colleaguesQuery);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("support");
  const [shown, setShown] = useState<string | null>(null);
  const changed = { onSuccess: () => queryClient.invalidateQueries({ queryKey: staffKey }) };
  const invite = useMutation({
    mutationFn: () => run(() => body(api.POST("/v1/staff/invitations", { body: { email, role } }))),
    ...changed,
  });
  const end = useMutation({
    mutationFn: (staff_id: string) =>
      run(() => body(api.DELETE("/v1/staff/{staff_id}", { params: { path: { staff_id } } }))),
    ...changed,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate();
  };
  const error = all.error ?? invite.error ?? end.error;
  return (
    <Paper withBorder p="md" component="section" aria-label="Staff">
      <Stack>
        <Title order={2} size="h4">
          Staff
        </Title>
        {error && <ProblemNotice error={error} />}
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>E-mail</Table.Th>
              <Table.Th>Role</Table.Th>
              <Table.Th>State</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {all.data?.items.map((who) => (
              <Table.Tr key={who.staff_id} data-testid="colleague">
                <Table.Td>{who.email}</Table.Td>
                <Table.Td tt="capitalize">{who.role}</Table.Td>
                <Table.Td>
                  {who.ended_at ? (
                    <Badge variant="default">Ended</Badge>
                  ) : who.staff_id === account.staff_id ? (
                    <Badge variant="default">You</Badge>
                  ) : (
                    <Group gap="xs">
                      <Button
                        size="xs"
                        variant="default"
                        aria-label={`Sessions of ${who.email}`}
                        aria-expanded={shown === who.staff_id}
                        onClick={() => setShown(shown === who.staff_id ? null : who.staff_id)}
                      >
                        Sessions
                      </Button>
                      <Button
                        size="xs"
                        variant="default"
                        aria-label={`End access of ${who.email}`}
                        loading={end.isPending && end.variables === who.staff_id}
                        onClick={() => end.mutate(who.staff_id)}
                      >
                        End access
                      </Button>
                    </Group>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {all.data?.items
          .filter((who) => who.staff_id === shown && !who.ended_at)
          .map((who) => (
            <ColleagueSessions key={who.staff_id} staff_id={who.staff_id} email={who.email} />
          ))}
        <form onSubmit={submit}>
          <Group align="flex-end">
            <TextInput
              label="E-mail of a new colleague"
              type="email"
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <Select
              label="Role"
              data={[...ROLES]}
              value={role}
              allowDeselect={false}
              onChange={(value) => setRole(ROLES.find((known) => known === value) ?? "support")}
            />
            <Button type="submit" loading={invite.isPending} disabled={!email.includes("@")}>
              Invite
            </Button>
          </Group>
        </form>
        {invite.data && (
          <Text size="sm">
            {invite.data.link ? (
              <>
                Hand this link over, to nobody else: <Code data-testid="invitation">{invite.data.link}</Code>
              </>
            ) : (
              "The invitation was mailed."
            )}
          </Text>
        )}
        {dialogue}
      </Stack>
    </Paper>
  );
}
