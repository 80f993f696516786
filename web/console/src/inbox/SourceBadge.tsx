import { Badge } from "@mantine/core";
import { IconFileText, IconPackage } from "@tabler/icons-react";

import type { Source } from "../api/types";

const KIND = {
  product: { label: "Product", icon: IconPackage },
  policy: { label: "Policy", icon: IconFileText },
} as const;

/** What the assistant drew an answer from. */
export function SourceBadge({ source }: { source: Source }) {
  const { label, icon: Icon } = KIND[source.kind];
  return (
    <Badge
      component="li"
      variant="default"
      tt="none"
      fw={500}
      leftSection={<Icon size={12} aria-hidden />}
      title={`${label}: ${source.title}`}
    >
      {source.title}
    </Badge>
  );
}
