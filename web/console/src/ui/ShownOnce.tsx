import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface ShownOnceProps {
  icon: ReactNode;
  title: string;
  why: string;
  secret: string;
  testid: string;
  onDone: () => void;
}

/** The one time that something secret is on a screen. */
export function ShownOnce({ icon, title, why, secret, testid, onDone }: ShownOnceProps) {
  return (
    <Alert color="teal" icon={icon} title={title} data-testid={testid}>
      <Stack gap="xs">
        <Text size="sm">{why}</Text>
        <Code block style={{ whiteSpace: "pre-wrap", wordBreak: "break-all" }}>
          {secret}
        </Code>
        <Group>
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
          <Button size="xs" variant="subtle" onClick={onDone}>
            Done
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
