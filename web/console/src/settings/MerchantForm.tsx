import { Button, Group, NumberInput, Paper, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { isProblem } from "../api/problem";
import type { Merchant } from "../api/types";
import { meKey, useMe } from "../session/me";
import { can } from "../session/permissions";
import { ProblemNotice } from "../ui/ProblemNotice";
import { changes, type Settings } from "./changes";
import { merchantQuery } from "./merchantQueries";

const settingsOf = ({ name, assistant_name, greeting, attribution_days }: Merchant): Settings => ({
  name,
  assistant_name,
  greeting,
  attribution_days,
});

const required = (value: string) => (value.trim() === "" ? "This cannot be empty." : null);

export function MerchantForm({ merchant }: { merchant: Merchant }) {
  const queryClient = useQueryClient();
  const mayWrite = can(useMe(), "merchant.write");
  const form = useForm<Settings>({
    initialValues: settingsOf(merchant),
    validate: {
      name: required,
      assistant_name: required,
      greeting: required,
      attribution_days: (value) =>
        Number.isInteger(value) && value >= 1 && value <= 90 ? null : "A whole number of days, from 1 to 90.",
    },
  });
  const save = useMutation({
    mutationFn: (settings: Settings) =>
      body(api.PATCH("/v1/merchant", { body: changes(settingsOf(merchant), settings) })),
    onSuccess: (saved) => {
      queryClient.setQueryData(merchantQuery.queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: meKey });
      form.setInitialValues(settingsOf(saved));
      form.reset();
      notifications.show({ color: "teal", title: "Saved", message: "The settings hold from now on." });
    },
    onError: (error) => {
      if (isProblem(error) && error.field !== null && error.field in settingsOf(merchant)) {
        form.setFieldError(error.field, error.detail);
      }
    },
  });

  return (
    <Paper withBorder p="md">
      <form data-testid="settings-form" onSubmit={form.onSubmit((settings) => save.mutate(settings))}>
        <Stack>
          {!mayWrite && (
            <Text size="sm" c="dimmed">
              Your role may look at these settings, but not change them.
            </Text>
          )}
          {save.isError && <ProblemNotice error={save.error} />}
          <TextInput
            label="Shop name"
            description="How the console and the chat name the shop."
            maxLength={100}
            readOnly={!mayWrite}
            {...form.getInputProps("name")}
          />
          <TextInput
            label="Assistant's name"
            description="How the assistant introduces itself to shoppers."
            maxLength={100}
            readOnly={!mayWrite}
            {...form.getInputProps("assistant_name")}
          />
          <Textarea
            label="Greeting"
            description="The first words in an empty chat."
            autosize
            minRows={2}
            maxLength={500}
            readOnly={!mayWrite}
            {...form.getInputProps("greeting")}
          />
          <NumberInput
            label="Attribution window, in days"
            description="An order counts as brought by a conversation if it follows within this many days. It holds for orders that arrive from now on."
            min={1}
            max={90}
            allowDecimal={false}
            readOnly={!mayWrite}
            {...form.getInputProps("attribution_days")}
          />
          {mayWrite && (
            <Group justify="flex-end">
              <Button type="button" variant="default" disabled={!form.isDirty()} onClick={() => form.reset()}>
                Undo
              </Button>
              <Button type="submit" disabled={!form.isDirty()} loading={save.isPending}>
                Save
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Paper>
  );
}
