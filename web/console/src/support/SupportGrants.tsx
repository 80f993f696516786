import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { Loading } from "../ui/Loading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { GrantFacts } from "./GrantFacts";
import { ownGrantsQuery } from "./grantQueries";
import { NewGrantForm } from "./NewGrantForm";
import { shopOf } from "./visit";

const LABELS = { waiting: "Waits for the owner's yes", active: "Open", ended: "Over" };

/** The shops that one was let into, or waits to be: asking, looking, and giving back. */
export function SupportGrants() {
  const queryClient = useQueryClient();
  const grants = useQuery(ownGrantsQuery);
  const end = useMutation({
    mutationFn: (grant_id: string) =>
      body(api.DELETE("/v1/staff/grants/{grant_id}", { params: { path: { grant_id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ownGrantsQuery.queryKey }),
  });
  const error = grants.error ?? end.error;
  return (
    <Paper withBorder p="md" component="section" aria-label="Support grants">
      <Stack>
        <Title order={2} size="h4">
          Support grants
        </Title>
        <Text size="sm">
          The only way into a shop: to look, for at most four hours. The shop reads the reason, and may end it.
        </Text>
        {error && <ProblemNotice error={error} />}
        {grants.isPending && <Loading label="Loading the grants" />}
        {grants.data?.items.length === 0 && <Text size="sm">You have not asked for any.</Text>}
        {grants.data?.items.map((grant) => (
          <Group key={grant.grant_id} justify="space-between" align="flex-start" wrap="nowrap" data-testid="own-grant">
            <GrantFacts grant={grant} labels={LABELS} withShop />
            <Group gap="xs" wrap="nowrap">
              {grant.state === "active" && (
                <Button
                  component="a"
                  href={shopOf(grant.grant_id)}
                  size="xs"
                  aria-label={`Enter ${grant.shop} for ticket ${grant.ticket}`}
                >
                  Enter
                </Button>
              )}
              {grant.state !== "ended" && (
                <Button
                  size="xs"
                  variant="default"
                  aria-label={`End ticket ${grant.ticket}`}
                  loading={end.isPending && end.variables === grant.grant_id}
                  onClick={() => end.mutate(grant.grant_id)}
                >
                  End
                </Button>
              )}
            </Group>
          </Group>
        ))}
        <NewGrantForm />
      </Stack>
    </Paper>
  );
}
