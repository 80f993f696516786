import { Container, Group } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate, useSearch } from "@tanstack/react-router";

import { isProblem } from "../api/problem";
import { ColorSchemeToggle } from "../shell/ColorSchemeToggle";
import { SignOutButton } from "../shell/SignOutButton";
import { UnreachablePage } from "../shell/UnreachablePage";
import { staffMeQuery } from "../staff/staffQueries";
import { LinkButton } from "../ui/LinkButton";
import { Loading } from "../ui/Loading";
import { PageHeading } from "../ui/PageHeading";
import { anyEventsQuery } from "./auditQueries";
import { EventLog } from "./EventLog";

/** What was done in every shop and on the platform, for auditors: who and when, and nothing personal. */
export function AuditLogPage() {
  const me = useQuery(staffMeQuery);
  const search = useSearch({ from: "/staff/audit-log" });
  const navigate = useNavigate({ from: "/staff/audit-log" });
  const allowed = me.data?.permissions.includes("audit.read-all") ?? false;
  const events = useInfiniteQuery({ ...anyEventsQuery(search), enabled: allowed, placeholderData: (old) => old });

  if (isProblem(me.error) && [401, 403].includes(me.error.status)) return <Navigate to="/staff/sign-in" replace />;
  if (me.error) return <UnreachablePage error={me.error} onRetry={() => void me.refetch()} />;
  if (!me.data) return <Loading label="Opening the audit log" />;
  if (!allowed) return <Navigate to="/staff" replace />;
  return (
    <Container component="main" size="xl" py="md">
      <Group justify="space-between" mb="sm">
        <LinkButton
          to="/staff"
          variant="subtle"
          size="compact-sm"
          ml={-8}
          leftSection={<IconArrowLeft size={16} aria-hidden />}
        >
          {me.data.email}
        </LinkButton>
        <Group gap="xs">
          <ColorSchemeToggle />
          <SignOutButton />
        </Group>
      </Group>
      <PageHeading title="Audit log" />
      <EventLog
        query={events}
        search={search}
        onSearch={(next) => void navigate({ search: next, replace: true })}
        everyShop
      />
    </Container>
  );
}
