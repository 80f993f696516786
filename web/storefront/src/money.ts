export function money(minor: number, currency: string, locale?: string): string {
  try {
    const format = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
    return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  } catch {
    return `${(minor / 100).toFixed(2)} ${currency}`;
  }
}

export function priceOf(
  product: { price_min_minor: number; price_max_minor: number; currency: string },
  locale?: string,
): string {
  const low = money(product.price_min_minor, product.currency, locale);
  return product.price_max_minor > product.price_min_minor
    ? `${low} – ${money(product.price_max_minor, product.currency, locale)}`
    : low;
}
