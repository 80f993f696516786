import { Container } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { Forbidden } from "../ui/Forbidden";
import { PageHeading } from "../ui/PageHeading";
import { membersQuery, ownEventsQuery } from "./auditQueries";
import { EventLog } from "./EventLog";
import { ExportMenu } from "./ExportMenu";
import { peopleOf } from "./people";
import { ProofSection } from "./ProofSection";

/** What was done in the shop, and by whom. */
export function ActivityPage() {
  const me = useMe();
  const allowed = can(me, "audit.read");
  const seesMembers = can(me, "member.read");
  const search = useSearch({ from: "/shell/activity" });
  const navigate = useNavigate({ from: "/activity" });
  const events = useInfiniteQuery({ ...ownEventsQuery(search), enabled: allowed, placeholderData: (old) => old });
  const members = useQuery({ ...membersQuery, enabled: allowed && seesMembers });

  if (!allowed) return <Forbidden />;
  return (
    <Container size="lg" py="lg" w="100%">
      <PageHeading title="Activity log">
        <ExportMenu search={search} />
      </PageHeading>
      <EventLog
        query={events}
        search={search}
        onSearch={(next) => void navigate({ search: next, replace: true })}
        people={seesMembers ? peopleOf(members.data?.items ?? []) : undefined}
        below={(event) => <ProofSection key={event.event_id} event={event} />}
      />
    </Container>
  );
}
