import { Group, Paper, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { HandlerBadge } from "../inbox/HandlerBadge";
import { formatMoment } from "../ui/format";
import { LinkBlock } from "../ui/LinkBlock";
import { Paged } from "../ui/Paged";
import { customerConversationsQuery } from "./customerQueries";

export function CustomerConversations({ id }: { id: string }) {
  const query = useInfiniteQuery(customerConversationsQuery(id));
  return (
    <Stack gap="xs">
      <Paged query={query} height={80} empty="No conversation with this customer." more="Load more conversations">
        {(conversations) =>
          conversations.map((conversation) => (
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
          ))
        }
      </Paged>
    </Stack>
  );
}
