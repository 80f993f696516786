import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

interface CodeFormProps {
  label: string;
  description: string;
  numeric: boolean;
  busy: boolean;
  onCode: (code: string) => void;
}

/** One field for a code, and a button that sends it. */
export function CodeForm({ label, description, numeric, busy, onCode }: CodeFormProps) {
  const [code, setCode] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onCode(code);
  };
  return (
    <form onSubmit={submit}>
      <Stack align="flex-start">
        <TextInput
          label={label}
          description={description}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          inputMode={numeric ? "numeric" : "text"}
          autoComplete="one-time-code"
          maxLength={numeric ? 6 : 40}
          data-autofocus
          autoFocus
        />
        <Button type="submit" loading={busy} disabled={code.trim().length < 6}>
          Continue
        </Button>
      </Stack>
    </form>
  );
}
