import { Group, Skeleton, Stack } from "@mantine/core";

export function ConversationSkeletons() {
  return (
    <Stack gap={0} role="status" aria-label="Loading conversations">
      {Array.from({ length: 7 }, (_, row) => (
        <Group key={row} p={12} gap={12} wrap="nowrap">
          <Skeleton circle height={40} />
          <Stack gap={8} flex={1}>
            <Skeleton height={12} width="60%" />
            <Skeleton height={12} />
            <Skeleton height={12} width="30%" />
          </Stack>
        </Group>
      ))}
    </Stack>
  );
}
