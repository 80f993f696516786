import { Badge, Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import type { Member } from "../api/types";
import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { ConfirmButton } from "../ui/ConfirmButton";
import { formatMoment } from "../ui/format";
import { ProblemNotice } from "../ui/ProblemNotice";
import { membersKey } from "./peopleQueries";
import { isRole, type Role, roleOptions } from "./roles";
import type { MadeLink } from "./SignInLink";

interface Props {
  member: Member;
  onLink: (made: MadeLink) => void;
}

/** One of the shop's people, and for its owner what can be done about them. */
export function PersonRow({ member, onLink }: Props) {
  const queryClient = useQueryClient();
  const me = useMe();
  const self = member.subject_id === me.subject_id;
  const at = { params: { path: { subject_id: member.subject_id } } };
  const changed = { onSettled: () => queryClient.invalidateQueries({ queryKey: membersKey }) };
  const renew = useMutation({
    mutationFn: () => body(api.POST("/v1/members/{subject_id}/link", at)),
    onSuccess: ({ link }) => onLink({ name: member.name, link }),
  });
  const change = useMutation({
    mutationFn: (role: Role) => body(api.PATCH("/v1/members/{subject_id}", { ...at, body: { role } })),
    ...changed,
  });
  const end = useMutation({ mutationFn: () => body(api.DELETE("/v1/members/{subject_id}", at)), ...changed });
  const failed = renew.error ?? change.error ?? end.error;

  return (
    <Stack component="li" gap="xs" data-testid="person-row">
      <Group justify="space-between">
        <Stack gap={2} miw={0}>
          <Group gap="xs">
            <Text fw={600}>{member.name}</Text>
            <Badge variant="default" tt="capitalize" fw={500}>
              {member.role}
            </Badge>
            {self && <Badge variant="light">You</Badge>}
          </Group>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {[
              member.email,
              member.means === "shopify" ? "comes through Shopify" : "comes by link",
              member.signed_in_at === null ? "not signed in" : `last signed in ${formatMoment(member.signed_in_at)}`,
            ]
              .filter((part) => part !== null)
              .join(" · ")}
          </Text>
        </Stack>
        {can(me, "member.manage") && !self && (
          <Group gap="xs">
            <NativeSelect
              size="xs"
              aria-label={`Role of ${member.name}`}
              data={roleOptions(member.role)}
              value={change.isPending ? change.variables : member.role}
              disabled={change.isPending}
              onChange={({ currentTarget: { value } }) => {
                if (isRole(value)) change.mutate(value);
              }}
            />
            <Button
              size="xs"
              variant="default"
              aria-label={`New link for ${member.name}`}
              loading={renew.isPending}
              onClick={() => renew.mutate()}
            >
              New link
            </Button>
            <ConfirmButton
              label="End membership"
              description={`of ${member.name}`}
              loading={end.isPending}
              onConfirm={() => end.mutate()}
            />
          </Group>
        )}
      </Group>
      {failed && <ProblemNotice error={failed} />}
    </Stack>
  );
}
