import type { Product } from "./api";
import { el } from "./dom";
import { priceOf } from "./money";
import { picture } from "./picture";

export function productCard(product: Product, onOpen: () => void): HTMLLIElement {
  const button = el("button", { type: "button", class: "title" }, product.title);
  button.addEventListener("click", onOpen);
  return el(
    "li",
    { class: "card", "data-testid": "product-card" },
    picture(product, true),
    el("h3", {}, button),
    el("p", { class: "kind" }, product.product_type || product.vendor || null),
    el("p", { class: "price" }, priceOf(product), product.available ? null : el("span", { class: "sold" }, "Sold out")),
  );
}
