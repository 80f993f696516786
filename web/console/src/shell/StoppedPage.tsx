import { Button, Text } from "@mantine/core";
import { IconPlayerPause } from "@tabler/icons-react";

import type { ProblemError } from "../api/problem";
import { FullPage } from "../ui/FullPage";
import { ProblemNotice } from "../ui/ProblemNotice";

export function StoppedPage({ problem, onRetry }: { problem: ProblemError; onRetry: () => void }) {
  return (
    <FullPage icon={<IconPlayerPause size={28} />} color="orange" title="The service is stopped">
      <Text>
        Cordon is not serving requests at the moment. What was saved is safe, and this page looks again every few
        seconds.
      </Text>
      <ProblemNotice error={problem} />
      <Button onClick={onRetry}>Check now</Button>
    </FullPage>
  );
}
