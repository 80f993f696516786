import "@mantine/charts/styles.css";

import { BarChart } from "@mantine/charts";

import type { Attribution } from "../api/types";
import { formatDay, formatMoney, minorDigits } from "../ui/format";
import { fillDays } from "./fillDays";
import { RevenueTable } from "./RevenueTable";

const SERIES = [
  { name: "attributed", label: "Attributed to a conversation", color: "var(--chart-attributed)" },
  { name: "other", label: "Other", color: "var(--chart-other)" },
];

export default function RevenueChart({ attribution, days }: { attribution: Attribution; days: number }) {
  const { currency } = attribution;
  const filled = fillDays(attribution.days, days, new Date());
  const unit = 10 ** minorDigits(currency);
  const data = filled.map((day) => ({
    day: formatDay(day.day),
    attributed: day.attributed_revenue_minor / unit,
    other: (day.revenue_minor - day.attributed_revenue_minor) / unit,
  }));
  return (
    <figure data-testid="attribution-chart" style={{ margin: 0 }}>
      <div aria-hidden>
        <BarChart
          h={300}
          type="stacked"
          data={data}
          dataKey="day"
          series={SERIES}
          withLegend
          legendProps={{ verticalAlign: "bottom" }}
          valueFormatter={(value) => formatMoney(Math.round(value * unit), currency)}
          yAxisProps={{
            width: 64,
            tickFormatter: (value: number) => formatMoney(value * unit, currency, { compact: true }),
          }}
          xAxisProps={{ minTickGap: 24 }}
          maxBarWidth={28}
          // Room for the topmost number of the axis.
          barChartProps={{ accessibilityLayer: false, margin: { top: 12 } }}
        />
      </div>
      <RevenueTable days={filled} currency={currency} />
    </figure>
  );
}
