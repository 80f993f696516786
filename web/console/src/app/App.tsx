import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { framed } from "../session/framed";
import { onSessionOfAnotherTab } from "../session/tabs";
import { cspNonce } from "./cspNonce";
import { createQueryClient } from "./queryClient";
import { createAppRouter } from "./router";
import { cssVariables, theme } from "./theme";

export function App({ signInLink }: { signInLink: string | null }) {
  const [queryClient] = useState(createQueryClient);
  const [router] = useState(() => createAppRouter({ signInLink }));

  // The cookie is shared by all tabs: a tab that went on would mix two shops' data on one screen. A frame has none.
  useEffect(() => (framed ? undefined : onSessionOfAnotherTab(() => window.location.reload())), []);

  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={cspNonce}
    >
      <QueryClientProvider client={queryClient}>
        <Notifications position="top-center" mt={48} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
