#include "app/demo_store.h"

#include <fstream>
#include <sstream>

#include "base/utf8.h"
#include "commerce/import/abcd_json.h"
#include "commerce/import/demo_json.h"
#include "commerce/import/multidogo_tsv.h"

namespace cordon::app {

namespace fs = std::filesystem;

namespace {

Result<std::string> read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::not_found, "cannot read " + path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Reads and parses one file; an error says which.
template <class Parse>
auto load(const fs::path& path, Parse parse) -> decltype(parse(std::string())) {
  auto text = read(path);
  if (!text) return std::unexpected(text.error());
  auto parsed = parse(*text);
  if (!parsed) return fail(parsed.error().code, path.string() + ": " + parsed.error().detail);
  return parsed;
}

constexpr auto catalogue = [](const std::string& text) { return commerce::parse_catalogue_csv(text); };

Result<DemoStore> load_demo(const fs::path& folder) {
  DemoStore store;
  auto shop = load(folder / "shop.json", commerce::parse_demo_shop);
  auto products = load(folder / "products.csv", catalogue);
  auto policies = load(folder / "policies.json", commerce::parse_demo_policies);
  auto customers = load(folder / "customers.json", commerce::parse_demo_customers);
  auto orders = load(folder / "orders.json", commerce::parse_demo_orders);
  auto chats = load(folder / "conversations.json", commerce::parse_demo_conversations);
  if (!shop) return std::unexpected(shop.error());
  if (!products) return std::unexpected(products.error());
  if (!policies) return std::unexpected(policies.error());
  if (!customers) return std::unexpected(customers.error());
  if (!orders) return std::unexpected(orders.error());
  if (!chats) return std::unexpected(chats.error());
  store.shop = shop->shop;
  store.name = shop->name;
  store.currency = shop->currency;
  store.assistant_name = shop->assistant_name;
  store.greeting = shop->greeting;
  store.attribution_days = shop->attribution_days;
  store.products = std::move(*products);
  store.policies = std::move(*policies);
  for (auto& c : *customers) store.people.push_back({c.external_id, c.name, c.email, c.phone});
  for (auto& o : *orders) store.purchases.push_back({o.external_id, o.customer_external_id, o.days_ago, o.total_minor});
  for (auto& c : *chats) {
    DemoChat chat{c.customer_external_id, c.days_ago, {}};
    for (auto& turn : c.turns) chat.turns.push_back({turn.author == commerce::DemoAuthor::agent, turn.text});
    store.chats.push_back(std::move(chat));
  }
  return store;
}

std::string slot(const commerce::MultidogoConversation& c, std::string_view label) {
  for (const auto& turn : c.turns)
    for (const auto& s : turn.slots)
      if (s.label == label) return s.text;
  return {};
}

/// MultiDoGO's conversations of one domain as chats of `store`, with people and purchases for every eighth.
Result<Done> add_multidogo(DemoStore& store, const fs::path& file) {
  auto conversations = load(file, commerce::parse_multidogo_tsv);
  if (!conversations) return std::unexpected(conversations.error());
  const size_t count = conversations->size();
  for (size_t i = 0; i < count; ++i) {
    const auto& c = (*conversations)[i];
    DemoChat chat;
    chat.days_ago = i % 50 == 0 ? 0 : 29.0 * static_cast<double>(i) / static_cast<double>(count) + 0.5;
    for (const auto& turn : c.turns)
      if (!turn.text.empty()) chat.turns.push_back({false, storable(turn.text, 2000)});
    if (chat.turns.empty()) continue;
    if (i % 8 == 1) {
      const std::string name = slot(c, "name");
      DemoPerson person{"multidogo-" + c.id, name.empty() ? "Shopper " + c.id.substr(0, 8) : name, std::nullopt,
                        std::nullopt};
      chat.customer = person.external_id;
      store.people.push_back(person);
      const auto& product = store.products[i % store.products.size()];
      store.purchases.push_back({"order-" + c.id, person.external_id, std::max(0.0, chat.days_ago - 0.2),
                                 product.variants.front().price_minor});
    } else if (i % 24 == 5) {
      // Sales that no chat came before, so that there is something to compare with.
      const auto& product = store.products[i % store.products.size()];
      store.purchases.push_back({"order-" + c.id, {}, chat.days_ago, product.variants.front().price_minor});
    }
    store.chats.push_back(std::move(chat));
  }
  return Done{};
}

Result<Done> add_abcd(DemoStore& store, const fs::path& folder) {
  auto conversations = load(folder / "abcd_sample.json", commerce::parse_abcd_conversations);
  if (!conversations) return std::unexpected(conversations.error());
  for (const auto& c : *conversations) {
    DemoPerson person{"abcd-" + std::to_string(c.id), c.customer.name, c.customer.email, c.customer.phone};
    DemoChat chat{person.external_id, 1.0, {}};
    for (const auto& turn : c.turns)
      if (turn.speaker != commerce::AbcdSpeaker::action)
        chat.turns.push_back({turn.speaker == commerce::AbcdSpeaker::agent, turn.text});
    if (c.order) store.purchases.push_back({c.order->id, person.external_id, 0.5, c.order->total_minor});
    store.people.push_back(std::move(person));
    store.chats.push_back(std::move(chat));
  }
  return Done{};
}

Result<DemoStore> load_outside(const fs::path& folder, DemoStore store, std::vector<std::string> csvs,
                               std::vector<std::string> domains) {
  for (const std::string& csv : csvs) {
    auto products = load(folder / "shopify_products" / csv, catalogue);
    if (!products) return std::unexpected(products.error());
    std::move(products->begin(), products->end(), std::back_inserter(store.products));
  }
  auto policies = load(folder / "abcd" / "guidelines.json", commerce::parse_abcd_guidelines);
  if (!policies) return std::unexpected(policies.error());
  store.policies = std::move(*policies);
  for (const std::string& domain : domains)
    if (auto added = add_multidogo(store, folder / "multidogo" / domain); !added) return std::unexpected(added.error());
  return store;
}

}  // namespace

Result<std::vector<DemoStore>> load_stores(const fs::path& folder) {
  std::vector<DemoStore> stores;
  if (fs::exists(folder / "shopify_products")) {
    DemoStore apparel{.shop = "apparel",
                      .name = "Apparel and Jewellery",
                      .currency = "USD",
                      .assistant_name = "Ada",
                      .greeting = "Hello! What are you looking for?"};
    DemoStore home{.shop = "home-and-garden",
                   .name = "Home and Garden",
                   .currency = "USD",
                   .assistant_name = "Basil",
                   .greeting = "Welcome! How can I help?"};
    // The whole conversations first: a replay that stops early has played them.
    if (auto added = add_abcd(apparel, folder / "abcd"); !added) return std::unexpected(added.error());
    auto first = load_outside(folder, apparel, {"apparel.csv", "jewelery.csv"}, {"airline.tsv", "media.tsv"});
    if (!first) return std::unexpected(first.error());
    auto second = load_outside(folder, home, {"home-and-garden.csv"}, {"fastfood.tsv", "software.tsv"});
    if (!second) return std::unexpected(second.error());
    stores.push_back(std::move(*first));
    stores.push_back(std::move(*second));
    return stores;
  }
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(folder))
    if (fs::exists(entry.path() / "shop.json")) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  if (folders.empty())
    return fail(Code::not_found,
                folder.string() + " holds neither stores (shop.json) nor outside data (shopify_products/)");
  for (const auto& f : folders) {
    auto store = load_demo(f);
    if (!store) return std::unexpected(store.error());
    stores.push_back(std::move(*store));
  }
  return stores;
}

}  // namespace cordon::app
