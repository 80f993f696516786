import { IconLock } from "@tabler/icons-react";

import { EmptyState } from "./EmptyState";

export function Forbidden() {
  return (
    <EmptyState icon={<IconLock size={24} />} title="Your role does not include this page">
      Ask an owner of the shop if you need it for your work.
    </EmptyState>
  );
}
