import { Paper, Text } from "@mantine/core";

interface FigureProps {
  label: string;
  value: string;
  emphasis?: boolean;
  testId?: string;
}

export function Figure({ label, value, emphasis = false, testId }: FigureProps) {
  return (
    <Paper withBorder p="md">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text
        fz={{ base: "lg", sm: "xl" }}
        fw={700}
        c={emphasis ? "var(--mantine-primary-color-light-color)" : undefined}
        data-testid={testId}
      >
        {value}
      </Text>
    </Paper>
  );
}
