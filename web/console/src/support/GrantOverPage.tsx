import { Button } from "@mantine/core";
import { IconDoorExit } from "@tabler/icons-react";

import type { ProblemError } from "../api/problem";
import { FullPage } from "../ui/FullPage";
import { ProblemNotice } from "../ui/ProblemNotice";

/** To staff whose grant ended, was ended by the shop, or does not hold yet. */
export function GrantOverPage({ problem }: { problem: ProblemError }) {
  return (
    <FullPage icon={<IconDoorExit size={28} />} color="orange" title="You are not in the shop">
      <ProblemNotice error={problem} />
      <Button component="a" href={`${import.meta.env.BASE_URL}staff`}>
        To your grants
      </Button>
    </FullPage>
  );
}
