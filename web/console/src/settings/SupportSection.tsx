import { Paper, Stack, Switch, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { Loading } from "../ui/Loading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { grantsQuery, supportAccessQuery } from "./accessQueries";
import { GrantList } from "./GrantList";

/** Who of Cordon's staff was let into the shop, and whether they have to ask. */
export function SupportSection() {
  const queryClient = useQueryClient();
  const mayDecide = can(useMe(), "grant.approve");
  const grants = useQuery(grantsQuery);
  const access = useQuery(supportAccessQuery);
  const change = useMutation({
    mutationFn: (needs_consent: boolean) => body(api.PATCH("/v1/support-access", { body: { needs_consent } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: supportAccessQuery.queryKey }),
  });

  return (
    <Paper withBorder p="md" component="section" aria-labelledby="support-access">
      <Stack>
        <Title order={2} size="h4" id="support-access">
          Support access
        </Title>
        <Text size="sm" c="dimmed">
          Cordon's staff see nothing of the shop without a grant: a reason, a ticket and an end after at most four
          hours. They can look, and change nothing.
        </Text>
        {change.isError && <ProblemNotice error={change.error} />}
        {access.data && (
          <Switch
            label="Support has to ask the owner first"
            checked={change.isPending ? change.variables : access.data.needs_consent}
            disabled={!mayDecide}
            onChange={(event) => change.mutate(event.currentTarget.checked)}
          />
        )}
        {(grants.isPending || access.isPending) && <Loading label="Loading support access" />}
        {grants.isError && !grants.data && <ProblemNotice error={grants.error} onRetry={() => void grants.refetch()} />}
        {grants.data && <GrantList grants={grants.data.items} />}
      </Stack>
    </Paper>
  );
}
