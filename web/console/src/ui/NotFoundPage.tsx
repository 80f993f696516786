import { Text } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";

import { FullPage } from "./FullPage";
import { LinkButton } from "./LinkButton";

export function NotFoundPage() {
  return (
    <FullPage icon={<IconMapOff size={28} />} title="There is no such page">
      <Text>The address may be mistyped, or the page has moved.</Text>
      <LinkButton to="/">Go to the inbox</LinkButton>
    </FullPage>
  );
}
