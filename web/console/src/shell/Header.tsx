import { Badge, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import type { Me } from "../api/types";
import { merchantQuery } from "../settings/merchantQueries";
import { ColorSchemeToggle } from "./ColorSchemeToggle";
import classes from "./Header.module.css";
import { sectionsFor } from "./sections";
import { SignOutButton } from "./SignOutButton";
import { LinkBlock } from "../ui/LinkBlock";

export function Header({ me }: { me: Me }) {
  const { data: merchant } = useQuery(merchantQuery);
  return (
    <Group h="100%" px="md" wrap="nowrap" justify="space-between" gap="md">
      <Group wrap="nowrap" gap="xl" className={classes.start}>
        <Group wrap="nowrap" gap="sm" className={classes.start}>
          <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={28} height={28} />
          <div className={classes.start}>
            <Text fw={700} size="sm" lh={1.2} truncate title={merchant?.shop}>
              {merchant?.name ?? "\u00a0"}
            </Text>
            <Text size="xs" c="dimmed" lh={1.2} truncate>
              {merchant?.shop}
            </Text>
          </div>
        </Group>
        <Group component="nav" aria-label="Console" wrap="nowrap" gap={4} visibleFrom="sm">
          {sectionsFor(me).map(({ to, label, icon: Icon }) => (
            <LinkBlock
              key={to}
              to={to}
              className={classes.link}
              activeOptions={{ exact: to === "/", includeSearch: false }}
            >
              <Icon size={18} aria-hidden />
              {label}
            </LinkBlock>
          ))}
        </Group>
      </Group>
      <Group wrap="nowrap" gap="xs">
        <Group wrap="nowrap" gap="xs" visibleFrom="md">
          <Text size="sm" truncate maw={160}>
            {me.name}
          </Text>
          <Badge variant="default" tt="capitalize" fw={500}>
            {me.role}
          </Badge>
        </Group>
        <ColorSchemeToggle />
        <SignOutButton />
      </Group>
    </Group>
  );
}
