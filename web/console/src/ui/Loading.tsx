import { Center, Loader, VisuallyHidden } from "@mantine/core";

export function Loading({ label = "Loading" }: { label?: string }) {
  return (
    <Center role="status" mih={160} h="100%" p="xl">
      <Loader aria-hidden />
      <VisuallyHidden>{label}</VisuallyHidden>
    </Center>
  );
}
