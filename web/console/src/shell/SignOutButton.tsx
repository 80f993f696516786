import { ActionIcon, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconLogout } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { own } from "../session/session";

export function SignOutButton() {
  const signOut = useMutation({
    mutationFn: () => own.signOut(),
    // A load of its own, so that nothing of this session stays in memory.
    onSuccess: () => window.location.assign(`${import.meta.env.BASE_URL}sign-in`),
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
