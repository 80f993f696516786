import { useMutation } from "@tanstack/react-query";

import { body, open } from "../api/client";
import { announceSession } from "../session/tabs";
import type { Answer } from "./factor";

/** Makes the first second factor, which also signs in. */
export function useEnrol() {
  return useMutation({
    mutationFn: (answer: Answer) => body(open.POST("/v1/staff/enrol", { body: answer })),
    onSuccess: () => announceSession(),
  });
}

/** A load of its own: nothing that an earlier session left in memory survives. */
export function enterConsole(): void {
  window.location.replace(`${import.meta.env.BASE_URL}staff`);
}
