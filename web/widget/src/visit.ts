import type { Keep } from "./keep";

export interface Visit {
  visitor_id: string;
  visitor_secret: string;
  shop_name: string;
  assistant_name: string;
  greeting: string;
  ticket: string;
}

/** The server would not let the visitor in; status 0 is a network that failed. */
export class VisitError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly retryAfterMs: number,
    readonly field: string | null = null,
  ) {
    super(`visit refused: ${status} ${code}`);
  }
}

const TIMEOUT_MS = 15_000;
const PROXY_TIMEOUT_MS = 5_000;

async function post(url: string, body: object): Promise<Visit> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: "POST",
      credentials: "omit",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: abort.signal,
    });
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (!response.ok) {
      const seconds = Number(response.headers.get("retry-after")) || 0;
      const field = typeof answer.field === "string" ? answer.field : null;
      throw new VisitError(response.status, String(answer.code ?? ""), seconds * 1000, field);
    }
    return answer as unknown as Visit;
  } catch (error) {
    throw error instanceof VisitError ? error : new VisitError(0, "network", 0);
  } finally {
    clearTimeout(timer);
  }
}

/** A one-use ticket from the shop's own page, or null: whatever is wrong there, the shopper is a stranger and may chat. */
async function askProxy(proxy: string): Promise<string | null> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PROXY_TIMEOUT_MS);
  try {
    const url = `${proxy}/ticket?origin=${encodeURIComponent(location.origin)}`;
    // With the shop's cookie, by which Shopify knows the customer.
    const response = await fetch(url, { credentials: "same-origin", cache: "no-store", signal: abort.signal });
    if (!response.ok) return null;
    const { ticket } = (await response.json()) as { ticket?: unknown };
    return typeof ticket === "string" ? ticket : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

const status = (error: unknown): number => (error instanceof VisitError ? error.status : 0);

/**
 * Comes in as the visitor that this browser was before, or as a new one, and keeps the secret for next time. Where
 * Shopify has vouched for a customer, the secret is kept apart: without its word nobody is shown what they said.
 */
export class Visits {
  private vouched = false;

  constructor(
    private readonly base: string,
    private readonly shop: string,
    private readonly proxy: string | null,
    private readonly keep: Keep,
  ) {}

  get known(): boolean {
    return this.keys.some((key) => this.keep.get(key) !== null);
  }

  async open(): Promise<Visit> {
    const ticket = this.proxy === null ? null : await askProxy(this.proxy);
    if (ticket !== null) {
      try {
        return await this.openVouched(ticket);
      } catch (error) {
        // A server that is away or busy is asked again; one that does not take the ticket takes a stranger.
        if (![401, 403, 404, 422].includes(status(error))) throw error;
      }
    }
    // In this page Shopify's word of a moment ago still stands.
    return this.openAs(this.vouched ? this.vouchedKey : this.strangerKey);
  }

  forget(): void {
    this.vouched = false;
    for (const key of this.keys) this.keep.remove(key);
  }

  private get strangerKey(): string {
    return `cordon:${this.shop}`;
  }

  private get vouchedKey(): string {
    return `cordon:${this.shop}:vouched`;
  }

  private get keys(): string[] {
    return [this.strangerKey, this.vouchedKey];
  }

  private async openVouched(ticket: string): Promise<Visit> {
    // A stranger who signs in takes their words along.
    const visitor_secret = this.keep.get(this.vouchedKey) ?? this.keep.get(this.strangerKey);
    const answer = await post(
      `${this.base}/v1/widget/shopify-visits`,
      visitor_secret ? { ticket, visitor_secret } : { ticket },
    );
    this.vouched = true;
    this.keep.remove(this.strangerKey);
    this.keep.set(this.vouchedKey, answer.visitor_secret);
    return answer;
  }

  private async openAs(key: string): Promise<Visit> {
    const { shop } = this;
    const url = `${this.base}/v1/widget/visits`;
    const secret = this.keep.get(key);
    let answer: Visit;
    try {
      answer = await post(url, secret ? { shop, visitor_secret: secret } : { shop });
    } catch (error) {
      const secretRefused =
        secret !== null &&
        error instanceof VisitError &&
        (error.status === 401 || (error.status === 422 && error.field === "visitor_secret"));
      if (!secretRefused) throw error;
      this.keep.remove(key);
      answer = await post(url, { shop });
    }
    this.keep.set(key, answer.visitor_secret);
    return answer;
  }
}
