import { Button, Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { LinkAnchor } from "../ui/LinkAnchor";

interface PasswordFormProps {
  busy: boolean;
  onSubmit: (given: { email: string; password: string }) => void;
}

export function PasswordForm({ busy, onSubmit }: PasswordFormProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({ email, password });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          autoFocus
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          maxLength={256}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={busy} disabled={!email.includes("@") || password === ""}>
            Continue
          </Button>
          <LinkAnchor to="/staff/forgot" size="sm">
            Forgotten your password?
          </LinkAnchor>
        </Group>
      </Stack>
    </form>
  );
}
