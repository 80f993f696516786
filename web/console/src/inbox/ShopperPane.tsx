import { ActionIcon, Group, ScrollArea, Stack, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { Facts } from "../ui/Facts";
import { formatMoment } from "../ui/format";
import { shopperName } from "../ui/names";
import { conversationQuery } from "./conversationQueries";
import classes from "./ShopperPane.module.css";
import { ShopperProfile } from "./ShopperProfile";

export function ShopperPane({ conversationId }: { conversationId: string }) {
  const me = useMe();
  const navigate = useNavigate({ from: "/" });
  const { data: conversation } = useQuery(conversationQuery(conversationId));
  if (!conversation) return null;
  return (
    <ScrollArea className={classes.scroll} type="hover">
      <Stack p="md" gap="lg">
        <Group gap="xs" wrap="nowrap">
          <ActionIcon
            className={classes.back}
            variant="subtle"
            size="lg"
            aria-label="Back to the conversation"
            onClick={() => void navigate({ search: (old) => ({ ...old, pane: undefined }) })}
          >
            <IconArrowLeft size={20} />
          </ActionIcon>
          <Title order={2} size="h4">
            {shopperName(conversation)}
          </Title>
        </Group>
        {can(me, "customer.read") && <ShopperProfile customerId={conversation.customer_id} />}
        <Stack gap="xs">
          <Title order={3} size="h6">
            Conversation
          </Title>
          <Facts
            facts={[
              ["Started", formatMoment(conversation.created_at)],
              ["Last message", formatMoment(conversation.last_message_at)],
              ["Messages", String(conversation.last_seq)],
            ]}
          />
        </Stack>
      </Stack>
    </ScrollArea>
  );
}
