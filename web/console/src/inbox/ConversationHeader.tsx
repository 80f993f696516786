import { ActionIcon, Group, Title, Tooltip } from "@mantine/core";
import { IconArrowLeft, IconUser } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import type { Conversation } from "../api/types";
import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { shopperName } from "../ui/names";
import { ConversationActions } from "./ConversationActions";
import classes from "./ConversationHeader.module.css";
import { HandlerBadge } from "./HandlerBadge";

export function ConversationHeader({ conversation }: { conversation: Conversation }) {
  const me = useMe();
  const navigate = useNavigate({ from: "/" });
  const heading = useRef<HTMLHeadingElement>(null);

  // On a phone the list that held the focus is gone.
  useEffect(() => {
    if (window.matchMedia("(max-width: 47.99em)").matches) heading.current?.focus();
  }, []);

  return (
    <Group component="header" className={classes.header} gap="sm" justify="space-between">
      <Group wrap="nowrap" gap="xs" className={classes.who}>
        <ActionIcon
          hiddenFrom="sm"
          variant="subtle"
          size="lg"
          aria-label="Back to the list"
          onClick={() => void navigate({ search: (old) => ({ ...old, conversation: undefined, pane: undefined }) })}
        >
          <IconArrowLeft size={20} />
        </ActionIcon>
        <div className={classes.who}>
          <Title order={2} size="h4" ref={heading} tabIndex={-1} className={classes.name}>
            {shopperName(conversation)}
          </Title>
          <HandlerBadge conversation={conversation} />
        </div>
      </Group>
      <Group wrap="nowrap" gap="xs" className={classes.actions}>
        {can(me, "conversation.write") && <ConversationActions conversation={conversation} />}
        <Tooltip label="About the shopper">
          <ActionIcon
            className={classes.shopper}
            variant="default"
            size={30}
            aria-label="About the shopper"
            onClick={() => void navigate({ search: (old) => ({ ...old, pane: "shopper" }) })}
          >
            <IconUser size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  );
}
