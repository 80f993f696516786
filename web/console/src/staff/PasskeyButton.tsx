import { Button } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { ProblemNotice } from "../ui/ProblemNotice";
import type { PasskeyAnswer } from "./webauthn";

interface PasskeyButtonProps {
  label: string;
  busy: boolean;
  ask: () => Promise<PasskeyAnswer>;
  onAnswer: (answer: PasskeyAnswer) => void;
}

/** Hands over to the browser's own dialogue; who closes that dialogue may try again. */
export function PasskeyButton({ label, busy, ask, onAnswer }: PasskeyButtonProps) {
  const asked = useMutation({ mutationFn: ask, onSuccess: onAnswer });
  const refused = asked.error instanceof DOMException;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconKey size={18} />}
        loading={busy || asked.isPending}
        onClick={() => asked.mutate()}
      >
        {label}
      </Button>
      {asked.isError && (
        <ProblemNotice
          error={refused ? new Error("No passkey answered. Try again, or use another way.") : asked.error}
        />
      )}
    </>
  );
}
