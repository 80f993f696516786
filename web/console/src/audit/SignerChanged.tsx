import { Alert, Button, Code, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import { isOf } from "./proof";

interface Props {
  /** The key that this browser knows, or who signed when it first looked. */
  known: string;
  signer: string;
  onBelieve: (signer: string) => void;
}

/** A log has one key for as long as it lives: another one is a new log, or somebody else's. */
export function SignerChanged({ known, signer, onBelieve }: Props) {
  if (isOf(known, signer)) return null;
  return (
    <Alert w="100%" color="red" icon={<IconAlertTriangle />} title="This is not the log that this browser knows">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          It knows a log of the key <Code>{known}</Code>; this proof is signed with the key <Code>{signer}</Code>.
          Before you believe it, ask who runs the log, by another way than this page.
        </Text>
        <Button size="xs" color="red" onClick={() => onBelieve(signer)}>
          I have asked: this is the log
        </Button>
      </Stack>
    </Alert>
  );
}
