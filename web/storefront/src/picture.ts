import type { Product } from "./api";
import { art } from "./art";
import { el } from "./dom";

/** The product's photograph over its drawing: where there is no photograph, or no network, the drawing stays. */
export function picture(product: Product, lazy: boolean): HTMLElement {
  const frame = el("div", { class: "picture" }, art(product.handle, product.title, product.product_type));
  if (product.image_url && /^(https:|\/(?!\/))/.test(product.image_url)) {
    const image = el("img", {
      alt: "",
      decoding: "async",
      loading: lazy ? "lazy" : "eager",
      referrerpolicy: "no-referrer",
    });
    image.addEventListener("load", () => image.classList.add("loaded"));
    image.addEventListener("error", () => image.remove());
    image.src = product.image_url;
    frame.append(image);
  }
  return frame;
}
