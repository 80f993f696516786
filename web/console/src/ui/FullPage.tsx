import { Center, Paper, Stack, ThemeIcon, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

interface FullPageProps {
  icon: ReactNode;
  title: string;
  color?: string;
  children: ReactNode;
}

/** One message that takes the whole window. */
export function FullPage({ icon, title, color, children }: FullPageProps) {
  useDocumentTitle(`${title} · Cordon`);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" maw={520} w="100%" shadow="sm">
        <Stack align="flex-start">
          <ThemeIcon size={48} radius="xl" variant="light" color={color} aria-hidden>
            {icon}
          </ThemeIcon>
          <Title order={1} size="h2">
            {title}
          </Title>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
