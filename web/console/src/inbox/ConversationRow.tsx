import { Avatar, Group, Text, VisuallyHidden } from "@mantine/core";
import { memo } from "react";

import type { Conversation } from "../api/types";
import { formatRecent } from "../ui/format";
import { LinkBlock } from "../ui/LinkBlock";
import { shopperName } from "../ui/names";
import classes from "./ConversationRow.module.css";
import { HandlerBadge } from "./HandlerBadge";

interface ConversationRowProps {
  conversation: Conversation;
  selected: boolean;
  tabStop: boolean;
}

const PREFIX = { visitor: "", assistant: "Assistant: ", agent: "Team: ", system: "" } as const;

export const ConversationRow = memo(function ConversationRow({
  conversation,
  selected,
  tabStop,
}: ConversationRowProps) {
  const name = shopperName(conversation);
  const unread = conversation.last_seq > conversation.merchant_read_seq && conversation.last_author === "visitor";
  return (
    <li className={classes.item}>
      <LinkBlock
        to="/"
        search={(old) => ({ ...old, conversation: conversation.id, pane: undefined })}
        // The router would mark every row: they differ only in their search.
        activeProps={{ "aria-current": undefined }}
        aria-current={selected ? "true" : undefined}
        tabIndex={tabStop ? 0 : -1}
        preload={false}
        className={classes.row}
        data-testid="conversation-row"
        data-conversation-id={conversation.id}
        data-selected={selected || undefined}
        data-unread={unread || undefined}
      >
        <Avatar name={conversation.customer_name ?? undefined} color="initials" size={40} aria-hidden />
        <div className={classes.text}>
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Text size="sm" fw={unread ? 700 : 500} truncate>
              {name}
            </Text>
            <Text size="xs" c="dimmed" className={classes.time}>
              {formatRecent(conversation.last_message_at)}
            </Text>
          </Group>
          <Text size="sm" c={unread ? undefined : "dimmed"} fw={unread ? 600 : undefined} truncate>
            {conversation.last_author && PREFIX[conversation.last_author]}
            {conversation.preview}
          </Text>
          <Group gap={6} mt={4}>
            <HandlerBadge conversation={conversation} />
            {unread && <VisuallyHidden>Unread</VisuallyHidden>}
          </Group>
        </div>
      </LinkBlock>
    </li>
  );
});
