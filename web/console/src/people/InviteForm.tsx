import { Button, Group, NativeSelect, Paper, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, body } from "../api/client";
import { isProblem } from "../api/problem";
import { ProblemNotice } from "../ui/ProblemNotice";
import { membersKey } from "./peopleQueries";
import { type Role, roleOptions } from "./roles";
import type { MadeLink } from "./SignInLink";

interface Props {
  onCancel: () => void;
  onMade: (made: MadeLink) => void;
}

export function InviteForm({ onCancel, onMade }: Props) {
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { name: "", email: "", role: "agent" as Role },
    validate: {
      name: (value) => (value.trim() === "" ? "Say who it is." : null),
      email: (value) => (value.includes("@") ? null : "An address looks like ann@shop.example."),
    },
  });
  const invite = useMutation({
    mutationFn: (who: typeof form.values) => body(api.POST("/v1/members", { body: who })),
    onSuccess: ({ link }, { name }) => {
      void queryClient.invalidateQueries({ queryKey: membersKey });
      onMade({ name, link });
    },
    onError: (error) => {
      if (isProblem(error) && error.field !== null && error.field in form.values) {
        form.setFieldError(error.field, error.detail);
      }
    },
  });

  return (
    <Paper withBorder p="md" component="section" aria-label="Invitation">
      <form onSubmit={form.onSubmit((who) => invite.mutate(who))}>
        <Stack>
          {invite.isError && <ProblemNotice error={invite.error} />}
          <TextInput label="Name" maxLength={100} {...form.getInputProps("name")} />
          <TextInput
            label="E-mail"
            description="They may have sign-in links mailed there."
            type="email"
            maxLength={254}
            {...form.getInputProps("email")}
          />
          <NativeSelect label="Role" data={roleOptions("agent")} {...form.getInputProps("role")} />
          <Group justify="flex-end">
            <Button type="button" variant="default" onClick={onCancel}>
              Cancel
            </Button>
            <Button type="submit" loading={invite.isPending}>
              Make a link
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
