import { Badge } from "@mantine/core";

import type { Conversation } from "../api/types";
import { useMe } from "../session/me";

export function HandlerBadge({ conversation }: { conversation: Conversation }) {
  const me = useMe();
  const badge = (label: string, color: string) => (
    <Badge size="sm" variant="light" color={color} tt="none" fw={600}>
      {label}
    </Badge>
  );
  if (conversation.status === "closed") return badge("Closed", "gray");
  if (conversation.handler === "waiting") return badge("Needs a human", "orange");
  if (conversation.handler === "assistant") return badge("Assistant", "cyan");
  return badge(conversation.assignee_id === me.subject_id ? "You" : "Human", "violet");
}
