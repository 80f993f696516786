import { Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";

import { api, body } from "../api/client";
import { isProblem } from "../api/problem";
import type { StaffChallenge } from "../api/types";
import { session } from "../session/session";
import { ProblemNotice } from "../ui/ProblemNotice";
import type { Answer } from "./factor";
import { SecondFactor } from "./SecondFactor";

/**
 * Runs what may need a second factor proved just now: where the server says so, a dialogue asks for it, and the same is
 * done once more. `dialogue` goes somewhere on the page.
 */
export function useStepUp(): { run: <T>(action: () => Promise<T>) => Promise<T>; dialogue: ReactNode } {
  const [challenge, setChallenge] = useState<StaffChallenge | null>(null);
  const waiting = useRef<{ resolve: () => void; reject: (error: Error) => void } | null>(null);
  const prove = useMutation({
    mutationFn: (answer: Answer) => body(api.POST("/v1/staff/step-up", { body: answer })),
    onSuccess: (token) => {
      session.hold(token);
      setChallenge(null);
      waiting.current?.resolve();
    },
  });
  const run = async <T,>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      if (!isProblem(error) || error.code !== "step_up_required") throw error;
      const asked = await body(api.POST("/v1/staff/step-up/begin"));
      await new Promise<void>((resolve, reject) => {
        waiting.current = { resolve, reject };
        setChallenge(asked);
      });
      return action();
    }
  };
  const close = () => {
    setChallenge(null);
    prove.reset();
    waiting.current?.reject(new Error("This needs your second factor. Nothing was changed."));
  };
  const dialogue = (
    <Modal
      opened={challenge !== null}
      onClose={close}
      title="Is it still you?"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {prove.isError && <ProblemNotice error={prove.error} />}
      {challenge && (
        <SecondFactor challenge={challenge} busy={prove.isPending} onAnswer={(answer) => prove.mutate(answer)} />
      )}
    </Modal>
  );
  return { run, dialogue };
}
