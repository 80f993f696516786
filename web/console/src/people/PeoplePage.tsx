import { Button, Container, Paper, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { Forbidden } from "../ui/Forbidden";
import { PageHeading } from "../ui/PageHeading";
import { Paged } from "../ui/Paged";
import { InviteForm } from "./InviteForm";
import { peopleQuery } from "./peopleQueries";
import { PersonRow } from "./PersonRow";
import { type MadeLink, SignInLink } from "./SignInLink";

/** The shop's people. An owner invites them, lets them in again, says what they may, and lets them go. */
export function PeoplePage() {
  const me = useMe();
  const allowed = can(me, "member.read");
  const manages = can(me, "member.manage");
  const people = useInfiniteQuery({ ...peopleQuery, enabled: allowed });
  const [inviting, setInviting] = useState(false);
  const [made, setMade] = useState<MadeLink | null>(null);

  if (!allowed) return <Forbidden />;
  return (
    <Container size="md" py="lg" w="100%">
      <PageHeading title="People">
        {manages && !inviting && (
          <Button size="xs" onClick={() => setInviting(true)}>
            Invite somebody
          </Button>
        )}
      </PageHeading>
      <Stack>
        {manages && (
          <Text size="sm" c="dimmed">
            Whoever gets another role, or whose membership ends, is signed out at once.
          </Text>
        )}
        {made && <SignInLink made={made} onDone={() => setMade(null)} />}
        {inviting && (
          <InviteForm
            onCancel={() => setInviting(false)}
            onMade={(link) => {
              setMade(link);
              setInviting(false);
            }}
          />
        )}
        <Paper withBorder p="md">
          <Paged query={people} height={160} empty="Nobody belongs to this shop." more="Load more people">
            {(members) => (
              <Stack component="ul" gap="md" p={0} m={0} style={{ listStyle: "none" }}>
                {members.map((member) => (
                  <PersonRow key={member.subject_id} member={member} onLink={setMade} />
                ))}
              </Stack>
            )}
          </Paged>
        </Paper>
      </Stack>
    </Container>
  );
}
