import { Group, SegmentedControl, Select, Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";

import type { HandlerFilter, StatusFilter } from "./inboxSearch";
import { LiveBadge } from "./LiveBadge";

const SHOW: { value: HandlerFilter; label: string }[] = [
  { value: "all", label: "All" },
  { value: "waiting", label: "Needs a human" },
  { value: "human", label: "Human" },
  { value: "assistant", label: "Assistant" },
];

const STATUS: { value: StatusFilter; label: string }[] = [
  { value: "any", label: "Open and closed" },
  { value: "open", label: "Open" },
  { value: "closed", label: "Closed" },
];

export function ConversationFilters({ show, status }: { show: HandlerFilter; status: StatusFilter }) {
  const navigate = useNavigate({ from: "/" });
  return (
    <Stack p="sm" gap="xs">
      <Group justify="space-between" wrap="nowrap">
        <LiveBadge />
        <Select
          size="xs"
          w={150}
          aria-label="Status"
          allowDeselect={false}
          data={STATUS}
          value={status}
          onChange={(value) =>
            void navigate({ search: (old) => ({ ...old, status: value as StatusFilter }), replace: true })
          }
        />
      </Group>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label="Who handles the conversation"
        data={SHOW}
        value={show}
        onChange={(value) =>
          void navigate({ search: (old) => ({ ...old, show: value as HandlerFilter }), replace: true })
        }
      />
    </Stack>
  );
}
