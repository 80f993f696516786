import { Anchor, Table, Text } from "@mantine/core";

import type { AuditEvent } from "../api/types";
import { formatMoment } from "../ui/format";
import { actionName } from "./actions";
import classes from "./EventTable.module.css";
import { Outcome } from "./Outcome";
import { type People, whoOf } from "./people";

interface Props {
  events: AuditEvent[];
  people?: People;
  everyShop: boolean;
  onOpen: (event: AuditEvent) => void;
}

export function EventTable({ events, people, everyShop, onOpen }: Props) {
  return (
    <Table highlightOnHover verticalSpacing="sm" aria-label="Events">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>What</Table.Th>
          <Table.Th visibleFrom="sm">When</Table.Th>
          <Table.Th visibleFrom="sm">Who</Table.Th>
          {everyShop && <Table.Th visibleFrom="md">Shop</Table.Th>}
          <Table.Th>Outcome</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {events.map((event) => (
          <Table.Tr
            key={event.event_id}
            className={classes.row}
            data-testid="event-row"
            data-event-id={event.event_id}
            data-action={event.action}
          >
            <Table.Td className={classes.wrap}>
              <Anchor
                component="button"
                type="button"
                ta="left"
                size="sm"
                fw={600}
                underline="never"
                className={classes.open}
                onClick={() => onOpen(event)}
              >
                {actionName(event.action)}
              </Anchor>
              <Text size="xs" c="dimmed">
                {event.method} {event.resource}
              </Text>
              <Text size="xs" c="dimmed" hiddenFrom="sm">
                {formatMoment(event.at)} · {whoOf(event, people)}
              </Text>
            </Table.Td>
            <Table.Td visibleFrom="sm">{formatMoment(event.at)}</Table.Td>
            <Table.Td visibleFrom="sm" className={classes.wrap}>
              {whoOf(event, people)}
            </Table.Td>
            {everyShop && (
              <Table.Td visibleFrom="md" className={classes.wrap}>
                {event.tenant_id ?? "–"}
              </Table.Td>
            )}
            <Table.Td>
              <Outcome event={event} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
