import { Button, Code, SimpleGrid, Stack, Text } from "@mantine/core";

/** Shown once: the server keeps digests. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  return (
    <Stack align="flex-start">
      <Text>
        Keep these where you keep what matters. Each lets you in once, with your password, when your passkey or your
        phone is lost. They are not shown again.
      </Text>
      <SimpleGrid cols={2} spacing="xs" data-testid="recovery-codes">
        {codes.map((code) => (
          <Code key={code}>{code}</Code>
        ))}
      </SimpleGrid>
      <Button onClick={onDone}>I have kept them</Button>
    </Stack>
  );
}
