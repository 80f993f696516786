import { ScrollArea } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";

import { EmptyState } from "../ui/EmptyState";
import { LoadMore } from "../ui/LoadMore";
import { ProblemNotice } from "../ui/ProblemNotice";
import { ConversationFilters } from "./ConversationFilters";
import classes from "./ConversationList.module.css";
import { ConversationRow } from "./ConversationRow";
import { ConversationSkeletons } from "./ConversationSkeletons";
import { conversationsQuery } from "./conversationQueries";
import { useLive } from "./live";
import { uniqueById } from "./uniqueById";
import { useListKeys } from "./useListKeys";

/** While the socket is down the list is asked for again this often. */
const POLL_MS = 15_000;

export function ConversationList({ selected }: { selected: string | null }) {
  const { show = "all", status = "any" } = useSearch({ from: "/shell/" });
  const { live } = useLive();
  const query = useInfiniteQuery({
    ...conversationsQuery({ show, status }),
    refetchInterval: live ? false : POLL_MS,
  });
  const conversations = uniqueById(query.data?.pages.flatMap((page) => page.items) ?? []);
  const keys = useListKeys();
  const tabStop = conversations.some(({ id }) => id === selected) ? selected : conversations[0]?.id;

  return (
    <>
      <ConversationFilters show={show} status={status} />
      <ScrollArea className={classes.scroll} type="hover" viewportProps={{ tabIndex: -1 }}>
        {query.isPending && <ConversationSkeletons />}
        {query.isError && !query.data && (
          <div className={classes.notice}>
            <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
          </div>
        )}
        {query.isSuccess && conversations.length === 0 && (
          <EmptyState icon={<IconInbox size={24} />} title="Nothing here">
            {show === "all" && status === "any"
              ? "Conversations appear as soon as shoppers write."
              : "No conversation matches this filter now."}
          </EmptyState>
        )}
        <ul className={classes.rows} {...keys} aria-label="Conversations">
          {conversations.map((conversation) => (
            <ConversationRow
              key={conversation.id}
              conversation={conversation}
              selected={conversation.id === selected}
              tabStop={conversation.id === tabStop}
            />
          ))}
        </ul>
        <LoadMore
          label="Load older conversations"
          hasMore={query.hasNextPage}
          loading={query.isFetchingNextPage}
          failed={query.isFetchNextPageError}
          onMore={() => void query.fetchNextPage()}
        />
      </ScrollArea>
    </>
  );
}
