import { Button, Group, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { isProblem } from "../api/problem";
import { useStepUp } from "../staff/useStepUp";
import { ProblemNotice } from "../ui/ProblemNotice";
import { ownGrantsQuery } from "./grantQueries";

const LENGTHS = [1, 2, 3, 4].map((hours) => ({
  value: String(60 * hours),
  label: hours === 1 ? "1 hour" : `${hours} hours`,
}));

/** Asks to be let into a shop; a second factor that is not of now is asked for first. */
export function NewGrantForm() {
  const queryClient = useQueryClient();
  const { run, dialogue } = useStepUp();
  const form = useForm({
    initialValues: { shop: "", ticket: "", reason: "", minutes: "60" },
    validate: {
      shop: (value) => (value.trim() === "" ? "Name the shop." : null),
      ticket: (value) => (value.trim() === "" ? "Name the ticket that asks for it." : null),
      reason: (value) => (value.trim().length < 20 ? "Write the reason out: the merchant reads it." : null),
    },
  });
  const ask = useMutation({
    mutationFn: ({ minutes, ...given }: typeof form.values) =>
      run(() => body(api.POST("/v1/staff/grants", { body: { ...given, minutes: Number(minutes) } }))),
    onSuccess: () => {
      form.reset();
      void queryClient.invalidateQueries({ queryKey: ownGrantsQuery.queryKey });
    },
    onError: (error) => {
      if (isProblem(error) && error.field !== null && error.field in form.values) {
        form.setFieldError(error.field, error.detail);
      }
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => ask.mutate(values))}>
      <Stack gap="xs">
        {ask.isError && <ProblemNotice error={ask.error} />}
        <Group align="flex-start" grow>
          <TextInput label="Shop to look into" maxLength={63} {...form.getInputProps("shop")} />
          <TextInput label="Ticket" maxLength={100} {...form.getInputProps("ticket")} />
          <NativeSelect label="For" data={LENGTHS} {...form.getInputProps("minutes")} />
        </Group>
        <Textarea
          label="Reason"
          description="In twenty characters or more; the shop reads it."
          maxLength={500}
          autosize
          minRows={2}
          {...form.getInputProps("reason")}
        />
        <Group>
          <Button type="submit" loading={ask.isPending}>
            Ask to be let in
          </Button>
        </Group>
        {dialogue}
      </Stack>
    </form>
  );
}
