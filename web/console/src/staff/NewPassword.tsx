import { Button, PasswordInput, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { isProblem } from "../api/problem";

interface NewPasswordProps {
  busy: boolean;
  error: Error | null;
  onPassword: (password: string) => void;
}

/** Chooses a password; what the server says against it stands beside the field. */
export function NewPassword({ busy, error, onPassword }: NewPasswordProps) {
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onPassword(password);
  };
  return (
    <form onSubmit={submit}>
      <Stack align="flex-start">
        <PasswordInput
          w="100%"
          label="New password"
          description="12 characters at least. Four unrelated words do well."
          autoComplete="new-password"
          maxLength={256}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={isProblem(error) && error.field === "password" ? error.detail : null}
          autoFocus
        />
        <Button type="submit" loading={busy} disabled={password.length < 12}>
          Set the password
        </Button>
      </Stack>
    </form>
  );
}
