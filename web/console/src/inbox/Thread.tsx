import { Text } from "@mantine/core";
import { Fragment } from "react";

import type { Conversation, Message } from "../api/types";
import { formatWeekday } from "../ui/format";
import { LoadMore } from "../ui/LoadMore";
import { shopperName } from "../ui/names";
import { MessageItem } from "./MessageItem";
import { OutgoingItem } from "./OutgoingItem";
import classes from "./Thread.module.css";
import { TypingIndicator } from "./TypingIndicator";
import { useOutgoing } from "./useOutgoing";

interface ThreadProps {
  conversation: Conversation;
  messages: Message[];
  hasOlder: boolean;
  loadingOlder: boolean;
  olderFailed: boolean;
  onOlder: () => void;
}

export function Thread({ conversation, messages, hasOlder, loadingOlder, olderFailed, onOlder }: ThreadProps) {
  const ordered = [...messages].sort((a, b) => a.seq - b.seq);
  const outgoing = useOutgoing(conversation.id, messages);
  const seen = ordered.findLast(
    ({ author, seq }) => (author === "agent" || author === "assistant") && seq <= conversation.visitor_read_seq,
  )?.seq;
  const shopper = shopperName(conversation);
  const name = { visitor: shopper, assistant: "Assistant", agent: "Team", system: "" };

  return (
    <div
      className={classes.scroll}
      data-testid="thread"
      tabIndex={0}
      role="region"
      aria-label={`Messages with ${shopper}`}
    >
      <div>
        <LoadMore
          label="Load older messages"
          hasMore={hasOlder}
          loading={loadingOlder}
          failed={olderFailed}
          onMore={onOlder}
        />
        <ol className={classes.messages}>
          {ordered.map((message, at) => {
            const before = ordered[at - 1];
            const day = formatWeekday(message.sent_at);
            const newDay = !before || formatWeekday(before.sent_at) !== day;
            return (
              <Fragment key={message.seq}>
                {newDay && (
                  <Text component="li" className={classes.day} size="xs" c="dimmed">
                    {day}
                  </Text>
                )}
                <MessageItem
                  message={message}
                  name={name[message.author]}
                  continues={!newDay && before.author === message.author && before.author_id === message.author_id}
                  seen={message.seq === seen}
                />
              </Fragment>
            );
          })}
          {outgoing.map((item) => (
            <OutgoingItem key={item.draft.client_id} item={item} />
          ))}
        </ol>
        <TypingIndicator conversationId={conversation.id} shopper={shopper} />
      </div>
    </div>
  );
}
