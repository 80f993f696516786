import { IconKey } from "@tabler/icons-react";

import { ShownOnce } from "../ui/ShownOnce";

/** A new token's secret. */
export function NewTokenSecret({ secret, onDone }: { secret: string; onDone: () => void }) {
  return (
    <ShownOnce
      icon={<IconKey />}
      title="Copy this token now"
      why="Cordon keeps only a digest of it: it is not shown again."
      secret={secret}
      testid="token-secret"
      onDone={onDone}
    />
  );
}
