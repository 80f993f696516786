import { Container, Paper, SegmentedControl, Skeleton, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { Forbidden } from "../ui/Forbidden";
import { PageHeading } from "../ui/PageHeading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { attributionQuery, type Range } from "./attributionQueries";
import { AttributionTotals } from "./AttributionTotals";
import { Orders } from "./Orders";

// The chart library is the largest part of the console, and only this page needs it.
const RevenueChart = lazy(() => import("./RevenueChart"));

const RANGES = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
];

export function AttributionPage() {
  const allowed = can(useMe(), "order.read");
  const { days = 30 } = useSearch({ from: "/shell/attribution" });
  const navigate = useNavigate({ from: "/attribution" });
  const attribution = useQuery({ ...attributionQuery(days), enabled: allowed, placeholderData: (old) => old });

  if (!allowed) return <Forbidden />;
  return (
    <Container size="lg" py="lg" w="100%">
      <PageHeading title="Attribution">
        <SegmentedControl
          aria-label="Range"
          data={RANGES}
          value={String(days)}
          onChange={(value) => {
            const range = Number(value) as Range;
            void navigate({ search: range === 30 ? {} : { days: range }, replace: true });
          }}
        />
      </PageHeading>
      <Stack gap="xl">
        {attribution.isError && !attribution.data && (
          <ProblemNotice error={attribution.error} onRetry={() => void attribution.refetch()} />
        )}
        {attribution.isPending && <Skeleton height={420} />}
        {attribution.data && (
          <>
            <AttributionTotals attribution={attribution.data} />
            <Paper withBorder p="md">
              <Title order={2} size="h4" mb="md">
                Revenue by day
              </Title>
              <Suspense fallback={<Skeleton height={300} />}>
                <RevenueChart attribution={attribution.data} days={days} />
              </Suspense>
            </Paper>
          </>
        )}
        <section>
          <Title order={2} size="h4" mb="sm">
            Orders
          </Title>
          <Orders />
        </section>
      </Stack>
    </Container>
  );
}
