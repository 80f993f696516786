import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { isProblem } from "../api/problem";
import { type ExportFormat, saveEvents } from "./auditQueries";
import type { EventSearch } from "./eventSearch";

/** What the filters find, as a file. */
export function ExportMenu({ search }: { search: EventSearch }) {
  const save = useMutation({
    mutationFn: (format: ExportFormat) => saveEvents(search, format),
    onSuccess: (more) => {
      if (!more) return;
      notifications.show({
        color: "yellow",
        title: "There is more",
        message: "One file does not take everything that the filters find: narrow the time.",
      });
    },
    onError: (error) =>
      notifications.show({
        color: "red",
        title: "Nothing was saved",
        message: isProblem(error) ? error.detail || error.title : "The server could not be reached. Try again.",
      }),
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={save.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save.mutate("csv")}>CSV, for a spreadsheet</Menu.Item>
        <Menu.Item onClick={() => save.mutate("jsonl")}>JSON Lines, for programs</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
