import { Group, Loader, Text } from "@mantine/core";

import { useTyping } from "./useTyping";

export function TypingIndicator({ conversationId, shopper }: { conversationId: string; shopper: string }) {
  const author = useTyping(conversationId);
  if (!author) return null;
  return (
    <Group gap="xs" pt="sm" data-testid="typing">
      <Loader type="dots" size="sm" aria-hidden />
      <Text size="xs" c="dimmed">
        {author === "visitor" ? shopper : "The assistant"} is typing
      </Text>
    </Group>
  );
}
