import { Text } from "@mantine/core";

import type { Order } from "../api/types";
import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { formatMoment } from "../ui/format";
import { LinkAnchor } from "../ui/LinkAnchor";

export function AttributedTo({ order }: { order: Order }) {
  const me = useMe();
  if (order.conversation_id === null) {
    return (
      <Text size="sm" c="dimmed">
        No conversation
      </Text>
    );
  }
  const when = order.touched_at ? `Chat of ${formatMoment(order.touched_at)}` : "Chat";
  if (!can(me, "conversation.read")) return <Text size="sm">{when}</Text>;
  return (
    <LinkAnchor to="/" search={{ conversation: order.conversation_id }} size="sm">
      {when}
    </LinkAnchor>
  );
}
