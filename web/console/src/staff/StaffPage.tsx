import { Badge, Container, Group, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";

import { isProblem } from "../api/problem";
import { ColorSchemeToggle } from "../shell/ColorSchemeToggle";
import { SignOutButton } from "../shell/SignOutButton";
import { UnreachablePage } from "../shell/UnreachablePage";
import { SupportGrants } from "../support/SupportGrants";
import { LinkButton } from "../ui/LinkButton";
import { Loading } from "../ui/Loading";
import { AuthenticatorApp } from "./AuthenticatorApp";
import { ChangePassword } from "./ChangePassword";
import { Colleagues } from "./Colleagues";
import { KeyDestructions } from "./KeyDestructions";
import { NewRecoveryCodes } from "./NewRecoveryCodes";
import { Passkeys } from "./Passkeys";
import { staffMeQuery } from "./staffQueries";

/** One's own staff account and, for who may, shops to look into, everybody's account and the end of shops' keys. */
export function StaffPage() {
  useDocumentTitle("Staff · Cordon");
  const me = useQuery(staffMeQuery);
  if (isProblem(me.error) && [401, 403].includes(me.error.status)) return <Navigate to="/staff/sign-in" replace />;
  if (me.error) return <UnreachablePage error={me.error} onRetry={() => void me.refetch()} />;
  if (!me.data) return <Loading label="Opening your account" />;
  const account = me.data;
  return (
    <Container component="main" size="md" py="md">
      <Stack>
        <Group justify="space-between">
          <Group>
            <Title order={1} size="h2">
              {account.email}
            </Title>
            <Badge variant="default" tt="capitalize" fw={500}>
              {account.role}
            </Badge>
          </Group>
          <Group gap="xs">
            {account.permissions.includes("audit.read-all") && (
              <LinkButton to="/staff/audit-log" variant="default">
                Audit log
              </LinkButton>
            )}
            <ColorSchemeToggle />
            <SignOutButton />
          </Group>
        </Group>
        {account.permissions.includes("grant.open") && <SupportGrants />}
        <Passkeys account={account} />
        <AuthenticatorApp account={account} />
        <NewRecoveryCodes account={account} />
        <ChangePassword />
        {account.permissions.includes("key.read") && <KeyDestructions account={account} />}
        {account.permissions.includes("staff.manage") && <Colleagues account={account} />}
      </Stack>
    </Container>
  );
}
