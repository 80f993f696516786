import { Group, Text } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { memo } from "react";

import type { Message } from "../api/types";
import { useMe } from "../session/me";
import { formatDateTime, formatTime } from "../ui/format";
import classes from "./MessageItem.module.css";
import { SourceBadge } from "./SourceBadge";

interface MessageItemProps {
  message: Message;
  name: string;
  /** The message before is by the same author, so the name is not said again. */
  continues: boolean;
  /** The newest of the shop's messages that the shopper has read. */
  seen: boolean;
}

export const MessageItem = memo(function MessageItem({ message, name, continues, seen }: MessageItemProps) {
  const me = useMe();
  const author = message.author === "agent" && message.author_id === me.subject_id ? "You" : name;
  return (
    <li
      className={classes.item}
      data-testid="message"
      data-seq={message.seq}
      data-author={message.author}
      data-continues={continues || undefined}
    >
      {message.author !== "system" && (
        <Text size="xs" c="dimmed" className={continues ? classes.unseen : classes.author}>
          {author}
        </Text>
      )}
      <div className={classes.bubble}>
        <Text size="sm" className={classes.text}>
          {message.text}
        </Text>
        {message.sources.length > 0 && (
          <Group component="ul" gap={6} mt={8} className={classes.sources} aria-label="Sources">
            {message.sources.map((source) => (
              <SourceBadge key={`${source.kind}-${source.id}`} source={source} />
            ))}
          </Group>
        )}
      </div>
      <Text component="div" size="xs" c="dimmed" className={classes.meta}>
        <time dateTime={message.sent_at} title={formatDateTime(message.sent_at)}>
          {formatTime(message.sent_at)}
        </time>
        {seen && (
          <span className={classes.seen}>
            <IconChecks size={14} aria-hidden /> Seen
          </span>
        )}
      </Text>
    </li>
  );
});
