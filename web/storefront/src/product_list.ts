import type { Product, Shop } from "./api";
import { el, find } from "./dom";
import { productCard } from "./product_card";

const SEARCH_AFTER_MS = 250;

/** The grid, its search box and its further pages. */
export class ProductList {
  private readonly grid = find<HTMLUListElement>(".grid");
  private readonly count = find<HTMLElement>(".count");
  private readonly trouble = find<HTMLElement>(".trouble");
  private readonly more = find<HTMLButtonElement>(".more");
  private readonly input = find<HTMLInputElement>(".search input");
  private cursor: string | null = null;
  private query = "";
  private shown = 0;
  // Answers come back in any order; only the last question's may be shown.
  private asked = 0;

  constructor(
    private readonly shop: Shop,
    private readonly onOpen: (product: Product) => void,
  ) {
    let timer: number | undefined;
    this.input.value = new URLSearchParams(location.search).get("q") ?? "";
    this.input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void this.search(), SEARCH_AFTER_MS);
    });
    find<HTMLFormElement>(".search").addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      void this.search();
    });
    this.more.addEventListener("click", () => void this.next());
  }

  async search(): Promise<void> {
    this.query = this.input.value.trim();
    const url = new URL(location.href);
    if (this.query) url.searchParams.set("q", this.query);
    else url.searchParams.delete("q");
    history.replaceState(null, "", url);
    this.cursor = null;
    await this.load(true);
  }

  waiting(): void {
    this.grid.setAttribute("aria-busy", "true");
    const bone = () =>
      el("li", { class: "card bone", "aria-hidden": "true" }, el("div", { class: "picture" }), el("p"));
    this.grid.replaceChildren(...Array.from({ length: 8 }, bone));
  }

  private async next(): Promise<void> {
    const first = this.shown;
    await this.load(false);
    this.grid.children[first]?.querySelector("button")?.focus();
  }

  private async load(anew: boolean): Promise<void> {
    const asked = ++this.asked;
    this.more.disabled = true;
    try {
      const page = await this.shop.products(this.query, this.cursor);
      if (asked !== this.asked) return;
      const cards = page.items.map((product) => productCard(product, () => this.onOpen(product)));
      if (anew) {
        this.grid.replaceChildren(...cards);
        this.shown = 0;
      } else this.grid.append(...cards);
      this.shown += cards.length;
      this.cursor = page.next_cursor;
      this.trouble.hidden = true;
      this.tell();
    } catch {
      if (asked !== this.asked) return;
      if (anew) this.grid.replaceChildren();
      this.trouble.textContent = "The products could not be loaded. Please try again in a moment.";
      this.trouble.hidden = false;
    } finally {
      if (asked === this.asked) {
        this.grid.setAttribute("aria-busy", "false");
        this.more.disabled = false;
        this.more.hidden = this.cursor === null;
      }
    }
  }

  private tell(): void {
    const some = `${this.shown}${this.cursor ? "+" : ""} ${this.shown === 1 && !this.cursor ? "product" : "products"}`;
    this.count.textContent = !this.query
      ? some
      : this.shown
        ? `${some} for “${this.query}”`
        : `Nothing found for “${this.query}”. The chat may know more.`;
  }
}
