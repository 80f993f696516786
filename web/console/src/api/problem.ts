/** An RFC 9457 problem document, thrown. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly field: string | null;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;

  constructor(status: number, document: Record<string, unknown>, retryAfterMs: number | null = null) {
    const text = (key: string) => {
      const value = document[key];
      return typeof value === "string" ? value : null;
    };
    super(text("detail") ?? text("title") ?? `HTTP ${status}`);
    this.name = "ProblemError";
    this.status = status;
    this.code = text("code") ?? "unknown";
    this.title = text("title") ?? "The server could not do that";
    this.detail = text("detail") ?? "";
    this.field = text("field");
    this.requestId = text("request_id");
    this.retryAfterMs = retryAfterMs;
  }
}

export function isProblem(error: unknown): error is ProblemError {
  return error instanceof ProblemError;
}

/** Reads the problem out of a response that is not 2xx; a proxy's page of HTML still gives a usable error. */
export async function problemFrom(response: Response): Promise<ProblemError> {
  const document: unknown = await response.json().catch(() => null);
  const seconds = Number(response.headers.get("Retry-After"));
  return new ProblemError(
    response.status,
    typeof document === "object" && document !== null ? { ...document } : { title: response.statusText || undefined },
    seconds > 0 ? seconds * 1000 : null,
  );
}

/** Whether the same request may succeed later without anyone changing it. */
export function isTransient(error: unknown): boolean {
  if (!isProblem(error)) return error instanceof TypeError; // what fetch throws when the network fails
  if (error.code === "stopped") return false;
  return [429, 502, 503, 504].includes(error.status);
}

/** The pause before attempt `failures + 1`: what the server asked for, else doubling up to 10 s. */
export function retryAfterMs(failures: number, error: unknown): number {
  if (isProblem(error) && error.retryAfterMs !== null) return Math.min(error.retryAfterMs, 30_000);
  return Math.min(500 * 2 ** failures, 10_000);
}
