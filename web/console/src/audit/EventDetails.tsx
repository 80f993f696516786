import { Code, Stack, Table, Title } from "@mantine/core";
import type { ReactNode } from "react";

import type { AuditEvent } from "../api/types";
import { Facts } from "../ui/Facts";
import { formatCount, formatDateTime } from "../ui/format";
import { parseDetail, parseStatements } from "./detail";
import classes from "./EventTable.module.css";
import { type People, whoOf } from "./people";

interface Props {
  event: AuditEvent;
  people?: People;
  children?: ReactNode;
}

const NONE = "–";

/** Everything that an event says. */
export function EventDetails({ event, people, children }: Props) {
  const statements = parseStatements(event.queries);
  const { changes, facts, text } = parseDetail(event.detail);
  return (
    <Stack data-testid="event">
      <Facts
        facts={[
          ["When", formatDateTime(event.at)],
          ["Exactly", event.at],
          ["Who", whoOf(event, people)],
          ["Person's id", event.subject_id ?? NONE],
          ["Role", event.role || NONE],
          ["Session", event.session_id ?? NONE],
          ["Shop's id", event.tenant_id ?? NONE],
          ["Action", event.action],
          ["Request", `${event.method} ${event.resource}`],
          ["Outcome", [event.status, event.code].filter((part) => part !== "").join(" ")],
          ["Rows out", formatCount(event.rows_out)],
          ["Bytes out", formatCount(event.bytes_out)],
          ["Purpose", event.purpose || NONE],
          ["Address", event.address || NONE],
          ["Browser or program", event.agent || NONE],
          ["Request's id", event.request_id],
          ["Trace", event.trace || NONE],
          ["Event's id", event.event_id],
        ]}
      />
      {changes.length > 0 && (
        <Section title="What was changed" head={["Field", "Before", "After"]}>
          {changes.map(({ field, before, after }) => [field, before, after])}
        </Section>
      )}
      {(facts.length > 0 || text !== "") && (
        <section>
          <Title order={3} size="h5" mb="xs">
            Details
          </Title>
          {text === "" ? <Facts facts={facts} /> : <Code block>{text}</Code>}
        </section>
      )}
      {statements.length > 0 && (
        <Section title="Statements" head={["Statement", "Parameters' digest", "Rows"]}>
          {statements.map(({ name, digest, rows }) => [name, digest, rows])}
        </Section>
      )}
      {children}
    </Stack>
  );
}

function Section({ title, head, children }: { title: string; head: string[]; children: string[][] }) {
  return (
    <section>
      <Title order={3} size="h5" mb="xs">
        {title}
      </Title>
      <Table aria-label={title} className={classes.wrap} data={{ head, body: children }} />
    </section>
  );
}
