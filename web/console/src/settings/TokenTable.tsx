import { Badge, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import type { ApiToken } from "../api/types";
import { ConfirmButton } from "../ui/ConfirmButton";
import { formatDate, formatMoment } from "../ui/format";
import { ProblemNotice } from "../ui/ProblemNotice";
import { tokensQuery } from "./accessQueries";

function lives(token: ApiToken): string {
  if (token.revoked_at !== null) return `Revoked ${formatDate(token.revoked_at)}`;
  return `${new Date(token.expires_at) < new Date() ? "Ended" : "Ends"} ${formatDate(token.expires_at)}`;
}

const isLive = (token: ApiToken) => token.revoked_at === null && new Date(token.expires_at) > new Date();

export function TokenTable({ tokens }: { tokens: ApiToken[] }) {
  const queryClient = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => body(api.DELETE("/v1/api-tokens/{token_id}", { params: { path: { token_id: id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });

  if (tokens.length === 0) return <Text size="sm">There is no API token.</Text>;
  return (
    <Stack gap="md">
      {revoke.isError && <ProblemNotice error={revoke.error} />}
      {tokens.map((token) => (
        <Group key={token.token_id} justify="space-between" align="flex-start" wrap="nowrap" data-testid="token-row">
          <Stack gap={2} miw={0}>
            <Text size="sm" fw={600}>
              {token.name}
            </Text>
            <Text size="xs" c="dimmed">
              {lives(token)} · made by {token.created_by_name || "a former member"} ·{" "}
              {token.last_used_at === null
                ? "never used"
                : `last used ${formatMoment(token.last_used_at)} from ${token.last_used_from}`}
              {token.ranges.length > 0 && ` · only from ${token.ranges.join(", ")}`}
            </Text>
            <Group gap={4}>
              {token.scopes.map((scope) => (
                <Badge key={scope} variant="default" size="sm" tt="none">
                  {scope}
                </Badge>
              ))}
            </Group>
          </Stack>
          {isLive(token) && (
            <ConfirmButton
              label="Revoke"
              description={token.name}
              loading={revoke.isPending}
              onConfirm={() => revoke.mutate(token.token_id)}
            />
          )}
        </Group>
      ))}
    </Stack>
  );
}
