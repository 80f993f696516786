import { VisuallyHidden } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconMessages } from "@tabler/icons-react";
import { Navigate, useSearch } from "@tanstack/react-router";

import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { sectionsFor } from "../shell/sections";
import { EmptyState } from "../ui/EmptyState";
import { Forbidden } from "../ui/Forbidden";
import { ConversationList } from "./ConversationList";
import classes from "./InboxPage.module.css";
import { ConversationPane } from "./ConversationPane";
import { ShopperPane } from "./ShopperPane";

export function InboxPage() {
  const me = useMe();
  const { conversation, pane } = useSearch({ from: "/shell/" });
  useDocumentTitle("Inbox · Cordon");

  if (!can(me, "conversation.read")) {
    const [first] = sectionsFor(me);
    return first ? <Navigate to={first.to} replace /> : <Forbidden />;
  }
  const front = conversation === undefined ? "list" : (pane ?? "thread");
  return (
    <div className={classes.inbox} data-front={front}>
      <VisuallyHidden component="h1">Inbox</VisuallyHidden>
      <section className={classes.list} aria-label="Conversations">
        <ConversationList selected={conversation ?? null} />
      </section>
      {conversation === undefined ? (
        <section className={classes.thread} aria-label="Conversation">
          <EmptyState icon={<IconMessages size={24} />} title="No conversation open">
            Choose one from the list. In the list, j and k or the arrow keys move, Enter opens.
          </EmptyState>
        </section>
      ) : (
        <>
          <section className={classes.thread} aria-label="Conversation">
            <ConversationPane key={conversation} id={conversation} />
          </section>
          <aside className={classes.shopper} aria-label="Shopper">
            <ShopperPane conversationId={conversation} />
          </aside>
        </>
      )}
    </div>
  );
}
