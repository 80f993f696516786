import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";

export interface MadeLink {
  name: string;
  link: string;
}

/** The one time that somebody's sign-in link is on a screen. */
export function SignInLink({ made, onDone }: { made: MadeLink; onDone: () => void }) {
  return (
    <Alert color="teal" icon={<IconLink />} title={`Hand this link to ${made.name}, and to nobody else`}>
      <Stack gap="xs">
        <Text size="sm">It signs them in once, within three days. Links that they had before are void.</Text>
        <Code block data-testid="member-link" style={{ whiteSpace: "pre-wrap", wordBreak: "break-all" }}>
          {made.link}
        </Code>
        <Group>
          <CopyButton value={made.link}>
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
