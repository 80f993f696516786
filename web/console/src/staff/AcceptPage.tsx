import { Text } from "@mantine/core";
import { IconMailOpened } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";

import { body, open } from "../api/client";
import { isProblem } from "../api/problem";
import { FullPage } from "../ui/FullPage";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Enrolment } from "./Enrolment";
import { NewPassword } from "./NewPassword";

/** Accepts an invitation: a password, then a second factor. */
export function AcceptPage() {
  const { signInLink: invitation } = useRouteContext({ from: "/staff/accept" });
  const accept = useMutation({
    mutationFn: (password: string) =>
      body(open.POST("/v1/staff/accept", { body: { invitation: invitation ?? "", password } })),
  });
  if (accept.data) return <Enrolment challenge={accept.data} />;
  return (
    <FullPage icon={<IconMailOpened size={28} />} title="Welcome to Cordon's staff">
      {invitation === null ? (
        <Text>Open this page with the link that you were sent. It works once, within three days.</Text>
      ) : (
        <>
          <Text>Choose a password for your account.</Text>
          {accept.isError && !(isProblem(accept.error) && accept.error.field === "password") && (
            <ProblemNotice error={accept.error} />
          )}
          <NewPassword
            busy={accept.isPending}
            error={accept.error}
            onPassword={(password) => accept.mutate(password)}
          />
        </>
      )}
    </FullPage>
  );
}
