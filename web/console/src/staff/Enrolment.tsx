import { IconShieldCheck, IconShieldLock } from "@tabler/icons-react";

import type { StaffChallenge } from "../api/types";
import { FullPage } from "../ui/FullPage";
import { ProblemNotice } from "../ui/ProblemNotice";
import { NewFactor } from "./NewFactor";
import { RecoveryCodes } from "./RecoveryCodes";
import { enterConsole, useEnrol } from "./useEnrol";

/** From a password to a session: the first second factor, then the recovery codes. */
export function Enrolment({ challenge }: { challenge: StaffChallenge }) {
  const enrol = useEnrol();
  if (enrol.data) {
    return (
      <FullPage icon={<IconShieldCheck size={28} />} title="Your recovery codes">
        <RecoveryCodes codes={enrol.data.recovery_codes} onDone={enterConsole} />
      </FullPage>
    );
  }
  return (
    <FullPage icon={<IconShieldLock size={28} />} title="Add a second factor">
      {enrol.isError && <ProblemNotice error={enrol.error} />}
      <NewFactor challenge={challenge} busy={enrol.isPending} onAnswer={(answer) => enrol.mutate(answer)} />
    </FullPage>
  );
}
