/** Everything is shown in the reader's own language and time zone. */
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const moment = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
});
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const utcDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const count = new Intl.NumberFormat();

export const formatDateTime = (iso: string) => dateTime.format(new Date(iso));
/** A moment of this year goes without the year. */
export function formatMoment(iso: string, now: Date = new Date()): string {
  const then = new Date(iso);
  return (then.getFullYear() === now.getFullYear() ? moment : dateTime).format(then);
}

export const formatDate = (iso: string) => date.format(new Date(iso));
export const formatTime = (iso: string) => time.format(new Date(iso));
export const formatWeekday = (iso: string) => weekday.format(new Date(iso));
export const formatCount = (value: number | bigint) => count.format(value);

/** A calendar day such as "2026-11-24", which has no time zone. */
export const formatDay = (day: string) => utcDay.format(new Date(`${day}T00:00:00Z`));

/** The time if it was today, else the day. */
export function formatRecent(iso: string, now: Date = new Date()): string {
  const then = new Date(iso);
  if (then.toDateString() === now.toDateString()) return time.format(then);
  return then.getFullYear() === now.getFullYear() ? dayOfYear.format(then) : date.format(then);
}

interface MoneyOptions {
  /** Whole units, short: for axes. */
  compact?: boolean;
}

/** `minor` counts the currency's own smallest unit: cents for USD, yen for JPY. */
export function formatMoney(minor: number, currency: string, { compact = false }: MoneyOptions = {}): string {
  const format = new Intl.NumberFormat(undefined, {
    style: "currency",
    currency,
    ...(compact ? { notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 } : {}),
  });
  return format.format(minor / 10 ** minorDigits(currency));
}

export function minorDigits(currency: string): number {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}
