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

export const secretKey = (shop: string): string => `cordon:${shop}`;

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

/** Comes in as the visitor that this browser was before, or as a new one, and keeps the secret for next time. */
export async function visit(base: string, shop: string, keep: Keep): Promise<Visit> {
  const url = `${base}/v1/widget/visits`;
  const secret = keep.get(secretKey(shop));
  let answer: Visit;
  try {
    answer = await post(url, secret ? { shop, visitor_secret: secret } : { shop });
  } catch (error) {
    const secretRefused =
      secret !== null &&
      error instanceof VisitError &&
      (error.status === 401 || (error.status === 422 && error.field === "visitor_secret"));
    if (!secretRefused) throw error;
    keep.remove(secretKey(shop));
    answer = await post(url, { shop });
  }
  keep.set(secretKey(shop), answer.visitor_secret);
  return answer;
}
