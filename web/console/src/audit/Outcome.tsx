import { Badge } from "@mantine/core";

import type { AuditEvent } from "../api/types";

export function Outcome({ event: { status, code } }: { event: AuditEvent }) {
  const color = status < 400 ? "teal" : status < 500 ? "orange" : "red";
  return (
    <Badge variant="dot" color={color} tt="none">
      {status < 400 ? "Done" : code.replaceAll("_", " ") || String(status)}
    </Badge>
  );
}
