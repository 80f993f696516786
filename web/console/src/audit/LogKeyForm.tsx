import { Button, Group, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";

import { parseVerifierKey } from "./note";

interface Props {
  known: string;
  onKey: (key: string) => void;
}

/** The key that signatures are checked with; it comes from the log's operator, never from the server. */
export function LogKeyForm({ known, onKey }: Props) {
  const form = useForm({ initialValues: { key: known.split("+").length > 2 ? known : "" } });
  const submit = form.onSubmit(async ({ key }) => {
    if (await parseVerifierKey(key.trim())) onKey(key.trim());
    else form.setFieldError("key", "This is no key: it looks like name+0123abcd+base64.");
  });
  return (
    <form onSubmit={submit} style={{ width: "100%" }} data-testid="log-key-form">
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          flex={1}
          size="xs"
          label="The log's key"
          description="As who runs the log hands it out (cordon audit key). This browser keeps it."
          {...form.getInputProps("key")}
        />
        <Button type="submit" size="xs" variant="default" disabled={!form.isDirty()}>
          Use this key
        </Button>
      </Group>
    </form>
  );
}
