import { ActionIcon, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconLogout } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { own } from "../session/session";
import { useLeave } from "../session/useLeave";

export function SignOutButton() {
  const signOut = useMutation({
    mutationFn: () => own.signOut(),
    onSuccess: useLeave(),
    onError: () =>
      notifications.show({
        color: "red",
        title: "You are still signed in",
        message: "The server could not be told to end the session. Try again.",
      }),
  });
  return (
    <Tooltip label="Sign out">
      <ActionIcon
        data-testid="sign-out"
        variant="default"
        size="lg"
        aria-label="Sign out"
        loading={signOut.isPending}
        onClick={() => signOut.mutate()}
      >
        <IconLogout size={18} />
      </ActionIcon>
    </Tooltip>
  );
}
