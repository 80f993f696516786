import { Button, Group } from "@mantine/core";
import { useState } from "react";

interface Props {
  label: string;
  /** Names the thing for who does not see the row. */
  description: string;
  loading?: boolean;
  onConfirm: () => void;
}

/** A button for what cannot be undone: asks once more, in its own place. */
export function ConfirmButton({ label, description, loading = false, onConfirm }: Props) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <Button size="xs" variant="default" aria-label={`${label} ${description}`} onClick={() => setAsking(true)}>
        {label}
      </Button>
    );
  }
  return (
    <Group gap="xs" wrap="nowrap">
      <Button
        size="xs"
        color="red"
        autoFocus
        loading={loading}
        aria-label={`Yes, ${label.toLowerCase()} ${description}`}
        onClick={onConfirm}
      >
        {label}
      </Button>
      <Button size="xs" variant="subtle" onClick={() => setAsking(false)}>
        Keep
      </Button>
    </Group>
  );
}
