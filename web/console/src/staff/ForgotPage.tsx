import { Button, Stack, Text, TextInput } from "@mantine/core";
import { IconMail } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { body, open } from "../api/client";
import { FullPage } from "../ui/FullPage";
import { ProblemNotice } from "../ui/ProblemNotice";

export function ForgotPage() {
  const [email, setEmail] = useState("");
  const forgot = useMutation({
    mutationFn: () => body(open.POST("/v1/staff/password/forgot", { body: { email } })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    forgot.mutate();
  };
  return (
    <FullPage icon={<IconMail size={28} />} title="Forgotten your password?">
      {forgot.isSuccess ? (
        <Text>If that is the address of an account, a link is on its way to it. It works once, within an hour.</Text>
      ) : (
        <form onSubmit={submit}>
          <Stack align="flex-start">
            {forgot.isError && <ProblemNotice error={forgot.error} />}
            <TextInput
              label="E-mail"
              type="email"
              autoComplete="username"
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
              autoFocus
            />
            <Button type="submit" loading={forgot.isPending} disabled={!email.includes("@")}>
              Send me a link
            </Button>
          </Stack>
        </form>
      )}
    </FullPage>
  );
}
