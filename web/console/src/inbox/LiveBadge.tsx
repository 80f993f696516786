import { Group, Loader, Text } from "@mantine/core";
import { IconCircleFilled } from "@tabler/icons-react";

import { useLive } from "./live";

export function LiveBadge() {
  const { live } = useLive();
  return (
    <Group gap={6} role="status" wrap="nowrap">
      {live ? (
        <IconCircleFilled size={10} color="var(--mantine-color-teal-6)" aria-hidden />
      ) : (
        <Loader size={12} aria-hidden />
      )}
      <Text size="xs" c="dimmed">
        {live ? "Live" : "Connecting…"}
      </Text>
    </Group>
  );
}
