import { Button, Code, Stack, Text } from "@mantine/core";

/** Shown once: the server keeps digests. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  return (
    <Stack align="flex-start">
      <Text>
        Keep these where you keep what matters. Each lets you in once, with your password, when your passkey or your
        phone is lost. They are not shown again.
      </Text>
      <Stack gap="xs" data-testid="recovery-codes">
        {codes.map((code) => (
          <Code key={code}>{code}</Code>
        ))}
      </Stack>
      <Button onClick={onDone}>I have kept them</Button>
    </Stack>
  );
}
