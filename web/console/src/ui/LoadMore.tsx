import { Button, Center } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { useEffect } from "react";

interface LoadMoreProps {
  label: string;
  hasMore: boolean;
  loading: boolean;
  /** After a failure only the button asks again; scrolling would hammer the server. */
  failed: boolean;
  onMore: () => void;
}

/** Asks for the next page when it scrolls into view, and is a button for those who do not scroll. */
export function LoadMore({ label, hasMore, loading, failed, onMore }: LoadMoreProps) {
  const { ref, entry } = useIntersection({ rootMargin: "200px" });
  const visible = entry?.isIntersecting ?? false;

  useEffect(() => {
    if (visible && hasMore && !loading && !failed) onMore();
  }, [visible, hasMore, loading, failed, onMore]);

  if (!hasMore) return null;
  return (
    <Center ref={ref} p="sm">
      <Button variant="subtle" size="xs" loading={loading} onClick={onMore}>
        {failed ? "Could not load more. Try again" : label}
      </Button>
    </Center>
  );
}
