import { Button, Text } from "@mantine/core";
import { IconLinkOff } from "@tabler/icons-react";

import { isProblem } from "../api/problem";
import { FullPage } from "../ui/FullPage";
import { ProblemNotice } from "../ui/ProblemNotice";
import { LinkForm } from "./LinkForm";

export function SignInFailed({ error, onRetry }: { error: Error; onRetry: (() => void) | null }) {
  const over = isProblem(error) && error.status === 401;
  return (
    <FullPage icon={<IconLinkOff size={28} />} title="This link did not sign you in">
      {over ? (
        <Text>It has been used already, or it is too old: a sign-in link works once, and for a short time.</Text>
      ) : (
        <ProblemNotice error={error} />
      )}
      <Text>Ask the person who sent it for a new one, or have one mailed to you, and open that in this browser.</Text>
      {over && <LinkForm />}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </FullPage>
  );
}
