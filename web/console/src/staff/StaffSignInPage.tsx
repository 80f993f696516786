import { IconShieldLock } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { body, open } from "../api/client";
import type { StaffChallenge } from "../api/types";
import { isProblem } from "../api/problem";
import { announceSession } from "../session/tabs";
import { FullPage } from "../ui/FullPage";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Enrolment } from "./Enrolment";
import type { Answer } from "./factor";
import { PasswordForm } from "./PasswordForm";
import { SecondFactor } from "./SecondFactor";
import { enterConsole } from "./useEnrol";

/** E-mail and password, then a second factor. */
export function StaffSignInPage() {
  const [challenge, setChallenge] = useState<StaffChallenge | null>(null);
  const password = useMutation({
    mutationFn: (in_: { email: string; password: string }) => body(open.POST("/v1/staff/sign-in", { body: in_ })),
    onSuccess: setChallenge,
  });
  const prove = useMutation({
    mutationFn: (answer: Answer) => body(open.POST("/v1/staff/mfa", { body: answer })),
    onSuccess: () => {
      announceSession();
      enterConsole();
    },
    // The challenge is over: begin again, with the reason on the page.
    onError: (error) => {
      if (isProblem(error) && error.field === "challenge") setChallenge(null);
    },
  });
  if (challenge?.enrol) return <Enrolment challenge={challenge} />;
  const error = challenge ? prove.error : (password.error ?? prove.error);
  return (
    <FullPage icon={<IconShieldLock size={28} />} title={challenge ? "One more step" : "Staff sign-in"}>
      {error && <ProblemNotice error={error} />}
      {challenge ? (
        <SecondFactor
          challenge={challenge}
          busy={prove.isPending || prove.isSuccess}
          onAnswer={(answer) => prove.mutate(answer)}
        />
      ) : (
        <PasswordForm busy={password.isPending} onSubmit={(given) => password.mutate(given)} />
      )}
    </FullPage>
  );
}
