import { ActionIcon, Group, Text, Textarea } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import type { Conversation } from "../api/types";
import classes from "./Composer.module.css";
import { useLive } from "./live";
import { useSendMessage } from "./useSendMessage";

const MAX_LENGTH = 4000;
const TYPING_EVERY_MS = 2_000;

const draftKey = (conversationId: string) => ["draft", conversationId] as const;

export function Composer({ conversation }: { conversation: Conversation }) {
  const queryClient = useQueryClient();
  const { typing } = useLive();
  const send = useSendMessage(conversation.id);
  const [text, setText] = useState(() => queryClient.getQueryData<string>(draftKey(conversation.id)) ?? "");
  const lastTyping = useRef(0);

  // A half-written answer is still there after a look at another conversation.
  useEffect(() => {
    queryClient.setQueryData(draftKey(conversation.id), text);
  }, [conversation.id, queryClient, text]);

  if (conversation.status === "closed") {
    return (
      <Text className={classes.closed} size="sm" c="dimmed">
        This conversation is closed. It opens again when the shopper writes.
      </Text>
    );
  }

  const ready = text.trim() !== "" && text.length <= MAX_LENGTH;

  function submit() {
    if (!ready) return;
    send.mutate({ client_id: crypto.randomUUID(), text: text.trim() });
    setText("");
    lastTyping.current = 0;
  }

  function onKeyDown(event: KeyboardEvent) {
    // While an input method composes, Enter picks a candidate.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  function onType(value: string) {
    setText(value);
    if (value === "" || Date.now() - lastTyping.current < TYPING_EVERY_MS) return;
    lastTyping.current = Date.now();
    typing(conversation.id);
  }

  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Group align="flex-end" wrap="nowrap" gap="xs">
        <Textarea
          data-testid="composer"
          flex={1}
          autosize
          minRows={1}
          maxRows={6}
          aria-label="Your answer"
          placeholder="Write an answer"
          value={text}
          error={text.length > MAX_LENGTH && `At most ${MAX_LENGTH} characters, this has ${text.length}.`}
          onChange={(event) => onType(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <ActionIcon data-testid="send" type="submit" size={36} aria-label="Send" disabled={!ready}>
          <IconSend size={18} />
        </ActionIcon>
      </Group>
      <Text size="xs" c="dimmed" mt={4}>
        {conversation.handler === "human"
          ? "Enter sends, Shift+Enter starts a new line."
          : "Sending takes the conversation over from the assistant."}
      </Text>
    </form>
  );
}
