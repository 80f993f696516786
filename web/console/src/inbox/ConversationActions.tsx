import { Button, Group } from "@mantine/core";

import type { Conversation } from "../api/types";
import { useMe } from "../session/me";
import { useConversationAction } from "./useConversationAction";

export function ConversationActions({ conversation }: { conversation: Conversation }) {
  const me = useMe();
  const action = useConversationAction(conversation.id);
  if (conversation.status === "closed") return null;
  const mine = conversation.handler === "human" && conversation.assignee_id === me.subject_id;
  const loading = (name: typeof action.variables) => action.isPending && action.variables === name;
  return (
    <Group gap="xs" wrap="nowrap">
      {!mine && (
        <Button
          data-testid="take"
          size="xs"
          loading={loading("take")}
          disabled={action.isPending}
          onClick={() => action.mutate("take")}
        >
          Take over
        </Button>
      )}
      {conversation.handler === "human" && (
        <Button
          data-testid="release"
          size="xs"
          variant="default"
          aria-label="Give back to assistant"
          loading={loading("release")}
          disabled={action.isPending}
          onClick={() => action.mutate("release")}
        >
          Give back
        </Button>
      )}
      <Button
        data-testid="close-conversation"
        size="xs"
        variant="default"
        aria-label="Close the conversation"
        loading={loading("close")}
        disabled={action.isPending}
        onClick={() => action.mutate("close")}
      >
        Close
      </Button>
    </Group>
  );
}
