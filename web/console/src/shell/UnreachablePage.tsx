import { Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";

import { FullPage } from "../ui/FullPage";
import { ProblemNotice } from "../ui/ProblemNotice";

export function UnreachablePage({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <FullPage icon={<IconPlugConnectedX size={28} />} color="orange" title="The console cannot be opened">
      <Text>The server did not answer as it should. This page looks again every few seconds.</Text>
      <ProblemNotice error={error} onRetry={onRetry} />
    </FullPage>
  );
}
