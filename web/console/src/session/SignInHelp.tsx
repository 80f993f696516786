import { List, Text } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";

import { FullPage } from "../ui/FullPage";
import { LinkAnchor } from "../ui/LinkAnchor";
import { LinkForm } from "./LinkForm";

export function SignInHelp() {
  return (
    <FullPage icon={<IconLink size={28} />} title="Sign in with your link">
      <Text>
        You are not signed in. The console opens with a one-use link that belongs to your shop and to you, so there is
        no password to type here.
      </Text>
      <List spacing="xs">
        <List.Item>
          Ask an owner of your shop for a link, or have one mailed to the address you were invited to.
        </List.Item>
        <List.Item>Open the link in this browser. It works once, and only for a short time.</List.Item>
        <List.Item>After that you stay signed in here until you sign out or your access is withdrawn.</List.Item>
      </List>
      <LinkForm />
      <LinkAnchor to="/staff/sign-in" size="sm">
        Cordon's own staff sign in here
      </LinkAnchor>
    </FullPage>
  );
}
