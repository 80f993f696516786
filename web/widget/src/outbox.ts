import { newClientId } from "./client_id";
import type { Keep } from "./keep";

export interface Pending {
  client_id: string;
  text: string;
  sent_at: string;
  /** Set once the server refused it for good; it then waits for the shopper. */
  failed?: string;
}

/** Messages that the server has not acknowledged; they survive a reload or a walk to the store's next page. */
export class Outbox {
  private items: Pending[];

  constructor(
    private readonly keep: Keep,
    private readonly key: string,
  ) {
    this.items = this.load();
  }

  add(text: string): Pending {
    const pending = { client_id: newClientId(), text, sent_at: new Date().toISOString() };
    this.items.push(pending);
    this.save();
    return pending;
  }

  /** The oldest that should still go out. */
  next(): Pending | undefined {
    return this.items.find((item) => item.failed === undefined);
  }

  find(clientId: string): Pending | undefined {
    return this.items.find((item) => item.client_id === clientId);
  }

  remove(clientId: string): Pending | undefined {
    const found = this.find(clientId);
    if (found) {
      this.items = this.items.filter((item) => item !== found);
      this.save();
    }
    return found;
  }

  fail(clientId: string, reason: string): void {
    const found = this.find(clientId);
    if (found) found.failed = reason;
    this.save();
  }

  revive(clientId: string): void {
    const found = this.find(clientId);
    if (found) delete found.failed;
    this.save();
  }

  all(): readonly Pending[] {
    return this.items;
  }

  clear(): void {
    this.items = [];
    this.keep.remove(this.key);
  }

  private load(): Pending[] {
    try {
      const stored: unknown = JSON.parse(this.keep.get(this.key) ?? "[]");
      if (!Array.isArray(stored)) return [];
      return (stored as Partial<Pending>[]).filter(
        (item): item is Pending => typeof item?.client_id === "string" && typeof item.text === "string",
      );
    } catch {
      return [];
    }
  }

  private save(): void {
    if (this.items.length) this.keep.set(this.key, JSON.stringify(this.items));
    else this.keep.remove(this.key);
  }
}
