import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { MadeApiToken } from "../api/types";
import { Loading } from "../ui/Loading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { tokensQuery } from "./accessQueries";
import { NewTokenForm } from "./NewTokenForm";
import { NewTokenSecret } from "./NewTokenSecret";
import { TokenTable } from "./TokenTable";

/** API tokens: for the shop's own programs. */
export function TokenSection() {
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<MadeApiToken | null>(null);

  return (
    <Paper withBorder p="md" component="section" aria-labelledby="api-tokens">
      <Stack>
        <Group justify="space-between">
          <Title order={2} size="h4" id="api-tokens">
            API tokens
          </Title>
          {!making && (
            <Button size="xs" onClick={() => setMaking(true)}>
              New token
            </Button>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          For programs of your own. A token may do a part of what you may, until it ends or you revoke it, and ends when
          you leave the shop.
        </Text>
        {made && <NewTokenSecret secret={made.secret} onDone={() => setMade(null)} />}
        {making && (
          <NewTokenForm
            onCancel={() => setMaking(false)}
            onMade={(token) => {
              setMade(token);
              setMaking(false);
            }}
          />
        )}
        {tokens.isPending && <Loading label="Loading the API tokens" />}
        {tokens.isError && !tokens.data && <ProblemNotice error={tokens.error} onRetry={() => void tokens.refetch()} />}
        {tokens.data && <TokenTable tokens={tokens.data.items} />}
      </Stack>
    </Paper>
  );
}
