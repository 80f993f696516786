import { Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";

import { FullPage } from "../ui/FullPage";

/** Nobody is signed in, in a frame of Shopify's admin: that opens the app, and with it a session. */
export function ReopenPage() {
  return (
    <FullPage icon={<IconRefresh size={28} />} title="Open the app again">
      <Text>You are signed out here. Load this page of Shopify's admin again to go on.</Text>
    </FullPage>
  );
}
