import {
  type Icon,
  IconChartBar,
  IconHistory,
  IconMessages,
  IconSettings,
  IconUsers,
  IconUsersGroup,
} from "@tabler/icons-react";

import type { Me } from "../api/types";
import { can, type Permission } from "../session/permissions";

interface Section {
  to: "/" | "/customers" | "/attribution" | "/activity" | "/people" | "/settings";
  label: string;
  icon: Icon;
  needs: Permission[];
}

const SECTIONS: Section[] = [
  { to: "/", label: "Inbox", icon: IconMessages, needs: ["conversation.read"] },
  { to: "/customers", label: "Customers", icon: IconUsers, needs: ["customer.read"] },
  { to: "/attribution", label: "Attribution", icon: IconChartBar, needs: ["order.read"] },
  { to: "/activity", label: "Activity", icon: IconHistory, needs: ["audit.read"] },
  { to: "/people", label: "People", icon: IconUsersGroup, needs: ["member.read"] },
  { to: "/settings", label: "Settings", icon: IconSettings, needs: ["merchant.read", "merchant.write"] },
];

/** The parts of the console that this role may open. */
export function sectionsFor(me: Me): Section[] {
  return SECTIONS.filter(({ needs }) => can(me, ...needs));
}
