import { Text } from "@mantine/core";
import { IconLockOpen } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";

import { body, open } from "../api/client";
import { isProblem } from "../api/problem";
import { FullPage } from "../ui/FullPage";
import { LinkButton } from "../ui/LinkButton";
import { ProblemNotice } from "../ui/ProblemNotice";
import { NewPassword } from "./NewPassword";

export function ResetPage() {
  const { signInLink: link } = useRouteContext({ from: "/staff/reset" });
  const reset = useMutation({
    mutationFn: (password: string) =>
      body(open.POST("/v1/staff/password/reset", { body: { link: link ?? "", password } })),
  });
  return (
    <FullPage icon={<IconLockOpen size={28} />} title="A new password">
      {reset.isSuccess ? (
        <>
          <Text>Your password is changed, and every session that was open has ended.</Text>
          <LinkButton to="/staff/sign-in">Sign in</LinkButton>
        </>
      ) : link === null ? (
        <Text>Open this page with the link that you were sent. It works once, within an hour.</Text>
      ) : (
        <>
          {reset.isError && !(isProblem(reset.error) && reset.error.field === "password") && (
            <ProblemNotice error={reset.error} />
          )}
          <NewPassword busy={reset.isPending} error={reset.error} onPassword={(password) => reset.mutate(password)} />
        </>
      )}
    </FullPage>
  );
}
