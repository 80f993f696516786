import { Button, Group, Text } from "@mantine/core";

import { isProblem } from "../api/problem";
import classes from "./MessageItem.module.css";
import type { Outgoing } from "./useOutgoing";

/** One's own message on its way, or held back by a fault that does not pass by itself. */
export function OutgoingItem({ item }: { item: Outgoing }) {
  return (
    <li className={classes.item} data-author="agent" data-testid="outgoing">
      <div className={classes.bubble}>
        <Text size="sm" className={classes.text}>
          {item.draft.text}
        </Text>
      </div>
      {item.error ? (
        <Group gap="xs" role="alert" justify="flex-end">
          <Text size="xs" c="var(--mantine-color-error)">
            Not sent: {isProblem(item.error) ? item.error.detail || item.error.title : item.error.message}
          </Text>
          <Button size="compact-xs" variant="subtle" onClick={item.retry}>
            Try again
          </Button>
          <Button size="compact-xs" variant="subtle" color="red" onClick={item.discard}>
            Discard
          </Button>
        </Group>
      ) : (
        <Text size="xs" c="dimmed" className={classes.meta}>
          {item.waiting ? "Waiting for the connection…" : "Sending…"}
        </Text>
      )}
    </li>
  );
}
