import { Button, Checkbox, Group, NativeSelect, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { isProblem } from "../api/problem";
import type { MadeApiToken } from "../api/types";
import { useMe } from "../session/me";
import { ProblemNotice } from "../ui/ProblemNotice";
import { tokensQuery } from "./accessQueries";
import { rangesOf, scopesFor } from "./scopes";

interface Props {
  onCancel: () => void;
  onMade: (token: MadeApiToken) => void;
}

const LIVES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "180", label: "180 days" },
  { value: "365", label: "a year" },
];

export function NewTokenForm({ onCancel, onMade }: Props) {
  const queryClient = useQueryClient();
  const scopes = scopesFor(useMe());
  const form = useForm({
    initialValues: { name: "", scopes: [] as string[], days: "90", ranges: "" },
    validate: {
      name: (value) => (value.trim() === "" ? "Say what the token is for." : null),
      scopes: (value) => (value.length === 0 ? "Choose at least one permission." : null),
    },
  });
  const make = useMutation({
    mutationFn: ({ name, scopes, days, ranges }: typeof form.values) =>
      body(api.POST("/v1/api-tokens", { body: { name, scopes, days: Number(days), ranges: rangesOf(ranges) } })),
    onSuccess: (token) => {
      void queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey });
      onMade(token);
    },
    onError: (error) => {
      if (isProblem(error) && error.field !== null && error.field in form.values) {
        form.setFieldError(error.field, error.detail);
      }
    },
  });

  return (
    <form data-testid="token-form" onSubmit={form.onSubmit((values) => make.mutate(values))}>
      <Stack>
        {make.isError && <ProblemNotice error={make.error} />}
        <TextInput
          label="Name"
          description="What uses it, so that you know it again."
          maxLength={100}
          {...form.getInputProps("name")}
        />
        <Checkbox.Group label="Permissions" {...form.getInputProps("scopes")}>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt="xs">
            {scopes.map((scope) => (
              <Checkbox key={scope} value={scope} label={scope} />
            ))}
          </SimpleGrid>
        </Checkbox.Group>
        <NativeSelect label="Ends after" data={LIVES} {...form.getInputProps("days")} />
        <Textarea
          label="Addresses"
          description="Where it may be used from, one address or network a line, such as 203.0.113.0/24. Empty: from anywhere."
          autosize
          minRows={2}
          {...form.getInputProps("ranges")}
        />
        <Group justify="flex-end">
          <Button type="button" variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending}>
            Make token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
