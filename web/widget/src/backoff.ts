const FLOOR_MS = 300;
const FIRST_MS = 1_000;
const CAP_MS = 30_000;

/**
 * Exponential, with full jitter: when a server drains, every shopper's socket closes in the same second, and they
 * must not all come back in the same second.
 */
export class Backoff {
  private failures = 0;

  constructor(private readonly random: () => number = Math.random) {}

  next(): number {
    const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(this.failures, 10));
    this.failures++;
    return FLOOR_MS + this.random() * ceiling;
  }

  reset(): void {
    this.failures = 0;
  }
}
