import { Group, Paper, Skeleton, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { HandlerBadge } from "../inbox/HandlerBadge";
import { formatMoment } from "../ui/format";
import { LinkBlock } from "../ui/LinkBlock";
import { LoadMore } from "../ui/LoadMore";
import { ProblemNotice } from "../ui/ProblemNotice";
import { customerConversationsQuery } from "./customerQueries";

export function CustomerConversations({ id }: { id: string }) {
  const query = useInfiniteQuery(customerConversationsQuery(id));
  if (query.isPending) return <Skeleton height={80} />;
  if (!query.data) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  const conversations = query.data.pages.flatMap((page) => page.items);
  if (conversations.length === 0) return <Text c="dimmed">No conversation with this customer.</Text>;
  return (
    <Stack gap="xs">
      {conversations.map((conversation) => (
        <LinkBlock key={conversation.id} to="/" search={{ conversation: conversation.id }}>
          <Paper withBorder p="sm">
            <Group justify="space-between" wrap="nowrap" mb={4}>
              <HandlerBadge conversation={conversation} />
              <Text size="xs" c="dimmed">
                {formatMoment(conversation.last_message_at)}
              </Text>
            </Group>
            <Text size="sm" lineClamp={2}>
              {conversation.preview}
            </Text>
          </Paper>
        </LinkBlock>
      ))}
      <LoadMore
        label="Load more conversations"
        hasMore={query.hasNextPage}
        loading={query.isFetchingNextPage}
        failed={query.isFetchNextPageError}
        onMore={() => void query.fetchNextPage()}
      />
    </Stack>
  );
}
