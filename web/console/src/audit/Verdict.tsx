import { Alert, Code, Text } from "@mantine/core";
import { IconShieldCheck, IconShieldQuestion, IconShieldX } from "@tabler/icons-react";

import { formatCount } from "../ui/format";
import type { Checked } from "./proof";

const UNCHECKED = { color: "yellow", icon: <IconShieldQuestion /> };
const SIGNATURES = {
  valid: { color: "teal", icon: <IconShieldCheck />, title: "Verified in your browser" },
  wrong: { color: "red", icon: <IconShieldX />, title: "The log's key did not sign this" },
  "no key": { ...UNCHECKED, title: "In the log, whose signature was not checked" },
  "not supported": { ...UNCHECKED, title: "In the log; this browser cannot check its signature" },
} as const;

/** What the browser found about an event. */
export function Verdict({ checked: { included, signature, index, size, signer } }: { checked: Checked }) {
  const { title, ...look } = SIGNATURES[signature];
  if (!included) {
    return (
      <Alert w="100%" color="red" icon={<IconShieldX />} title="This is not what is in the log">
        <Text size="sm">
          The event as it is shown here does not belong to the checkpoint that came with it: one of the two was changed.
        </Text>
      </Alert>
    );
  }
  return (
    <Alert w="100%" {...look} title={title} data-testid="verdict" data-signature={signature}>
      <Text size="sm">
        The event is entry {formatCount(index)} of a log with {formatCount(size)} entries, signed as{" "}
        <Code>{signer}</Code>.{signature === "no key" && " Give your browser the log's key, and it checks that too."}
      </Text>
    </Alert>
  );
}
