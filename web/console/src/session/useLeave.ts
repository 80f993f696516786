import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { framed } from "./framed";

/** Goes from what a session that has ended showed to where one signs in, so that nothing of it stays in memory. */
export function useLeave(): () => void {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return () => {
    if (!framed) return window.location.assign(`${import.meta.env.BASE_URL}sign-in`);
    // A frame cannot load the page by itself: only Shopify's admin may.
    return void navigate({ to: "/sign-in", replace: true }).then(() => queryClient.clear());
  };
}
