import type { Product } from "./api";
import { el, find } from "./dom";
import { priceOf } from "./money";
import { paragraphs } from "./plain_text";
import { picture } from "./picture";

export function showProduct(product: Product, onAsk: () => void): void {
  const dialog = find<HTMLDialogElement>("dialog");
  const close = el("button", { type: "button", class: "close", "aria-label": "Close" }, "×");
  const ask = el("button", { type: "button", class: "primary" }, "Ask about this");
  close.addEventListener("click", () => dialog.close());
  ask.addEventListener("click", () => {
    dialog.close();
    onAsk();
  });
  const tags = product.tags.map((tag) => el("li", {}, tag));
  dialog.replaceChildren(
    close,
    picture(product, false),
    el(
      "div",
      { class: "about" },
      el("p", { class: "kind" }, [product.vendor, product.product_type].filter(Boolean).join(" · ")),
      el("h2", { id: "product-title" }, product.title),
      el("p", { class: "price" }, priceOf(product)),
      el(
        "p",
        { class: product.available ? "stock" : "stock out" },
        product.available ? "In stock" : "Sold out at the moment",
      ),
      ...paragraphs(product.description).map((text) => el("p", { class: "words" }, text)),
      tags.length ? el("ul", { class: "tags", "aria-label": "Tags" }, ...tags) : null,
      ask,
    ),
  );
  dialog.onclick = (event) => {
    // The dialog's own box is covered by its children: a click on itself is one on the backdrop.
    if (event.target === dialog) dialog.close();
  };
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}
