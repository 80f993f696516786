import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { LinkButton } from "../ui/LinkButton";
import { Loading } from "../ui/Loading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { shopperName } from "../ui/names";
import { Composer } from "./Composer";
import { ConversationHeader } from "./ConversationHeader";
import { conversationQuery, messagesQuery } from "./conversationQueries";
import classes from "./ConversationPane.module.css";
import { useLive } from "./live";
import { lastSeq } from "./liveCache";
import { NewMessageAnnouncer } from "./NewMessageAnnouncer";
import { Thread } from "./Thread";
import { useMarkRead } from "./useMarkRead";

const POLL_MS = 10_000;

export function ConversationPane({ id }: { id: string }) {
  const me = useMe();
  const queryClient = useQueryClient();
  const { live, watch } = useLive();
  const refetchInterval = live ? false : POLL_MS;
  const conversation = useQuery({ ...conversationQuery(id), refetchInterval });
  const messages = useInfiniteQuery({ ...messagesQuery(id), refetchInterval });
  const loaded = messages.data !== undefined;

  useEffect(() => (loaded ? watch(id, () => lastSeq(queryClient, id)) : undefined), [id, loaded, queryClient, watch]);
  useMarkRead(conversation.data, messages.data?.pages[0]?.items[0]?.seq ?? 0);

  const error = conversation.error ?? messages.error;
  if (!conversation.data || !messages.data) {
    if (!error) return <Loading label="Loading the conversation" />;
    return (
      <div className={classes.notice}>
        <ProblemNotice
          error={error}
          onRetry={() => {
            void conversation.refetch();
            void messages.refetch();
          }}
        />
        <LinkButton
          to="/"
          search={(old) => ({ ...old, conversation: undefined, pane: undefined })}
          variant="default"
          size="xs"
          mt="md"
        >
          Back to the list
        </LinkButton>
      </div>
    );
  }
  return (
    <>
      <ConversationHeader conversation={conversation.data} />
      <Thread
        conversation={conversation.data}
        messages={messages.data.pages.flatMap((page) => page.items)}
        hasOlder={messages.hasNextPage}
        loadingOlder={messages.isFetchingNextPage}
        olderFailed={messages.isFetchNextPageError}
        onOlder={() => void messages.fetchNextPage()}
      />
      <NewMessageAnnouncer conversationId={id} shopper={shopperName(conversation.data)} />
      {can(me, "conversation.write") && <Composer conversation={conversation.data} />}
    </>
  );
}
