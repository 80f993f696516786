import { ApiError, Shop, type Product } from "./api";
import { triptych } from "./art";
import { embedChat, followSources } from "./chat";
import { find } from "./dom";
import { hash } from "./hash";
import { showPolicies } from "./policies";
import { showProduct } from "./product_dialog";
import { ProductList } from "./product_list";
import { safeStorage } from "./safe_storage";
import { shopOf } from "./shop_path";

const ask = () => window.Cordon?.open();
const open = (product: Product) => showProduct(product, ask);

function explain(error: unknown): string {
  if (error instanceof ApiError && error.status === 404) return "There is no shop at this address.";
  if (error instanceof ApiError && error.status === 423) return "This shop is closed for the moment.";
  return "The shop cannot be reached. Please try again in a moment.";
}

async function run(name: string): Promise<void> {
  document.documentElement.style.setProperty("--hue", String(hash(name) % 360));
  const shop = new Shop(name, safeStorage());
  const list = new ProductList(shop, open);
  list.waiting();
  const visit = await shop.enter();
  document.title = visit.shop_name;
  find(".brand").textContent = visit.shop_name;
  find(".hero h1").textContent = `Welcome to ${visit.shop_name}`;
  find(".hero p").textContent =
    `Have a look around. ${visit.assistant_name} knows every product and every policy, and the team is one message away.`;
  find(".hero .art").append(...triptych(name));
  find<HTMLElement>(".hero").hidden = false;
  find(".ask").addEventListener("click", ask);
  followSources(shop, open);
  // After the visit, so that the chat finds this visitor's secret and does not come in as another.
  embedChat(name);
  await Promise.all([list.search(), shop.policies().then((page) => showPolicies(page.items))]);
}

const shop = shopOf(location.pathname);
(shop ? run(shop) : Promise.reject(new ApiError(404, "no shop"))).catch((error: unknown) => {
  const trouble = find<HTMLElement>(".trouble");
  trouble.textContent = explain(error);
  trouble.hidden = false;
  document.body.classList.add("closed");
  find(".grid").replaceChildren();
});
