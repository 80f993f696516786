import { Button, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, body } from "../api/client";
import { isProblem } from "../api/problem";
import { ProblemNotice } from "../ui/ProblemNotice";

/** A new password by whoever knows the present one. */
export function ChangePassword() {
  const [present, setPresent] = useState("");
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () => body(api.POST("/v1/staff/password", { body: { present, password } })),
    onSuccess: () => {
      setPresent("");
      setPassword("");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const field = isProblem(change.error) ? change.error.field : null;
  const of = (name: string) => (isProblem(change.error) && field === name ? change.error.detail : null);
  return (
    <Paper withBorder p="md" component="section" aria-label="Password">
      <form onSubmit={submit}>
        <Stack align="flex-start">
          <Title order={2} size="h4">
            Password
          </Title>
          {change.isError && !of("present") && !of("password") && <ProblemNotice error={change.error} />}
          {change.isSuccess && <Text role="status">Your password is changed. Every other session has ended.</Text>}
          <PasswordInput
            w="100%"
            label="Present password"
            autoComplete="current-password"
            maxLength={256}
            value={present}
            onChange={(event) => setPresent(event.currentTarget.value)}
            error={of("present")}
          />
          <PasswordInput
            w="100%"
            label="New password"
            description="12 characters at least. Four unrelated words do well."
            autoComplete="new-password"
            maxLength={256}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={of("password")}
          />
          <Button type="submit" loading={change.isPending} disabled={present === "" || password.length < 12}>
            Change the password
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}
