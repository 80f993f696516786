import { AppShell } from "@mantine/core";
import { Outlet } from "@tanstack/react-router";

import type { Me } from "../api/types";
import { LiveInbox } from "../inbox/LiveInbox";
import { can } from "../session/permissions";
import { GrantBanner } from "../support/GrantBanner";
import { grant } from "../support/visit";
import classes from "./Frame.module.css";
import { Header } from "./Header";
import { TabBar } from "./TabBar";
import { SkipLink } from "./SkipLink";
import { useFocusOnNavigation } from "./useFocusOnNavigation";

const MAIN_ID = "main";

export function Frame({ me }: { me: Me }) {
  useFocusOnNavigation(MAIN_ID);
  return (
    <LiveInbox enabled={can(me, "conversation.read")}>
      <SkipLink target={MAIN_ID} />
      <AppShell header={{ height: 56 }} footer={{ height: { base: 60, sm: 0 } }}>
        <AppShell.Header>
          <Header me={me} />
        </AppShell.Header>
        <AppShell.Main id={MAIN_ID} tabIndex={-1} className={classes.main}>
          {grant && <GrantBanner grantId={grant} />}
          <Outlet />
        </AppShell.Main>
        <AppShell.Footer hiddenFrom="sm" className={classes.footer}>
          <TabBar me={me} />
        </AppShell.Footer>
      </AppShell>
    </LiveInbox>
  );
}
