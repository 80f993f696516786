import { Drawer } from "@mantine/core";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import type { AuditEvent, Page } from "../api/types";
import { Paged } from "../ui/Paged";
import { actionName } from "./actions";
import { EventDetails } from "./EventDetails";
import { EventFilters } from "./EventFilters";
import type { AnyEventSearch } from "./eventSearch";
import { EventTable } from "./EventTable";
import type { People } from "./people";

interface Props {
  query: UseInfiniteQueryResult<InfiniteData<Page<AuditEvent>>>;
  search: AnyEventSearch;
  onSearch: (search: AnyEventSearch) => void;
  people?: People;
  everyShop?: boolean;
  /** What stands below an event's facts. */
  below?: (event: AuditEvent) => ReactNode;
}

/** Events with their filters, newest first; each opens beside the list. */
export function EventLog({ query, search, onSearch, people, everyShop = false, below }: Props) {
  const [opened, setOpened] = useState<AuditEvent | null>(null);
  return (
    <>
      <EventFilters search={search} onSearch={onSearch} people={people} everyShop={everyShop} />
      <Paged query={query} height={400} empty="No such event." more="Load more events">
        {(events) => <EventTable events={events} people={people} everyShop={everyShop} onOpen={setOpened} />}
      </Paged>
      <Drawer
        position="right"
        size="lg"
        opened={opened !== null}
        onClose={() => setOpened(null)}
        title={opened && actionName(opened.action)}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {opened && (
          <EventDetails event={opened} people={people}>
            {below?.(opened)}
          </EventDetails>
        )}
      </Drawer>
    </>
  );
}
