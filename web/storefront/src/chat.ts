import type { Product, Shop } from "./api";
import { openPolicy } from "./policies";

interface SourceDetail {
  kind: "product" | "policy";
  id: string;
  title: string;
}

/** What a merchant pastes into a theme, done by script because one page serves every demo shop. */
export function embedChat(shop: string): void {
  const script = document.createElement("script");
  script.src = "/widget.js";
  script.dataset.shop = shop;
  document.body.append(script);
}

/** Shows on this page what an answer in the chat drew from. */
export function followSources(shop: Shop, onProduct: (product: Product) => void): void {
  document.addEventListener("cordon:source", (event) => {
    const { kind, id, title } = (event as CustomEvent<SourceDetail>).detail;
    event.preventDefault();
    if (kind === "policy") {
      if (window.matchMedia("(max-width: 480px)").matches) window.Cordon?.close();
      openPolicy(id);
      return;
    }
    void shop.products(title, null, 10).then((page) => {
      const product = page.items.find((item) => item.id === id);
      if (product) onProduct(product);
    });
  });
}
