#include "app/demo.h"

#include <cstdio>

#include "app/database.h"
#include "app/demo_store.h"
#include "app/operator.h"
#include "app/replay.h"
#include "commerce/conversation_store.h"
#include "commerce/customer_store.h"
#include "commerce/merchant_store.h"
#include "commerce/order_store.h"
#include "commerce/product_store.h"

namespace cordon::app {

using net::Task;

namespace {

std::string options_of(const commerce::CatalogueProduct& product) {
  std::map<std::string, std::vector<std::string>> values;
  for (const auto& variant : product.variants)
    for (const auto& option : variant.options) {
      auto& known = values[option.name];
      if (std::find(known.begin(), known.end(), option.value) == known.end()) known.push_back(option.value);
    }
  std::string out;
  for (const auto& [name, all] : values) {
    out += (out.empty() ? "" : "; ") + name + ":";
    for (const std::string& value : all) out += " " + value;
  }
  return out;
}

commerce::NewProduct product_of(const commerce::CatalogueProduct& in, const std::string& currency) {
  commerce::NewProduct out;
  commerce::Product& p = out.product;
  p.id = ProductId::fresh();
  p.handle = in.handle;
  p.title = in.title;
  p.description = in.description;
  p.vendor = in.vendor;
  p.product_type = in.type;
  p.tags = in.tags;
  if (!in.images.empty()) p.image_url = in.images.front().address;
  const auto [low, high] = std::minmax_element(in.variants.begin(), in.variants.end(),
                                               [](auto& a, auto& b) { return a.price_minor < b.price_minor; });
  p.price_min_minor = low->price_minor;
  p.price_max_minor = high->price_minor;
  p.currency = currency;
  p.available = std::any_of(in.variants.begin(), in.variants.end(), commerce::is_available);
  out.options = options_of(in);
  return out;
}

/// What earlier runs have brought of a store.
struct Before {
  size_t chats = 0;
  bool whole = false;  ///< nothing is left to do
};

/// A shop and the link with which its owner signs in.
struct Opened {
  ReplayShop replay;
  std::string link;
  Before before;
};

Task<Result<std::string>> owner_token(const net::ClientOptions& server, std::string link) {
  net::Client api(server);
  auto reply = co_await api.request(net::Method::post, "/v1/sign-in", {}, "{\"link\":\"" + link + "\"}");
  if (!reply) co_return std::unexpected(reply.error());
  const auto body = json::parse_object(reply->body);
  std::string token(body ? json::text_of(*body, "access_token") : std::string_view());
  if (token.empty()) co_return fail(Code::internal, "sign-in got status " + std::to_string(reply->status));
  co_return token;
}

/// Orders come last of all, one after the other: a store that has its last one is whole.
Task<Result<Before>> look_before(identity::Backend& backend, const DemoStore& store, TenantId tenant) {
  auto pass = co_await backend.identity.service(tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  auto scope = importer(backend, *pass);
  auto chats = co_await commerce::count_conversations(scope);
  if (!chats) co_return std::unexpected(chats.error());
  Before before;
  before.chats = static_cast<size_t>(*chats);
  before.whole = before.chats >= store.chats.size();
  if (store.purchases.empty()) co_return before;
  auto recorded = co_await commerce::is_recorded(scope, store.purchases.back().external_id);
  if (!recorded) co_return std::unexpected(recorded.error());
  before.whole = *recorded;
  co_return before;
}

/// Finds or makes the shop and its owner, and links for the owner to sign in with.
Task<Result<Opened>> open_shop(identity::Backend& backend, const net::ClientOptions& server, const DemoStore& store) {
  Opened opened;
  opened.replay.shop = store.shop;
  auto known = co_await backend.identity.find_shop(store.shop);
  if (!known) co_return std::unexpected(known.error());
  Result<TenantId> tenant = known->value_or(TenantId());
  if (!*known) tenant = co_await backend.identity.add_shop(store.shop, {});
  if (!tenant) co_return std::unexpected(tenant.error());
  opened.replay.tenant = *tenant;
  if (*known) {
    auto before = co_await look_before(backend, store, *tenant);
    if (!before) co_return std::unexpected(before.error());
    opened.before = *before;
    if (!before->whole)
      std::fprintf(stderr, "  %s: an earlier run was interrupted; going on behind its %zu chats\n", store.shop.c_str(),
                   before->chats);
  }
  auto owner = co_await backend.identity.find_owner(*tenant);
  if (!owner) co_return std::unexpected(owner.error());
  Result<SubjectId> subject = owner->value_or(SubjectId());
  if (!*owner) subject = co_await backend.identity.add_member(*tenant, "Demo owner", "owner");
  if (!subject) co_return std::unexpected(subject.error());
  auto link = co_await backend.identity.sign_in_link(*tenant, *subject, 86'400);
  auto robot_link = co_await backend.identity.sign_in_link(*tenant, *subject, 3'600);
  if (!link || !robot_link) co_return fail(Code::unavailable, "no sign-in link");
  opened.link = *link;
  auto token = co_await owner_token(server, *robot_link);
  if (!token) co_return std::unexpected(token.error());
  opened.replay.owner_token = *token;
  co_return opened;
}

/// Settings, catalogue, policies and people; what is there already is set anew.
Task<Result<Done>> fill_shop(identity::Backend& backend, const DemoStore& store, ReplayShop& shop) {
  auto pass = co_await backend.identity.service(shop.tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  auto scope = importer(backend, *pass);
  commerce::Merchant merchant;
  merchant.shop = store.shop;
  merchant.name = store.name;
  merchant.currency = store.currency;
  merchant.assistant_name = store.assistant_name;
  merchant.greeting = store.greeting;
  merchant.attribution_days = store.attribution_days;
  if (auto put = co_await commerce::put_merchant(scope, merchant); !put) co_return put;
  std::vector<commerce::NewProduct> products;
  for (const auto& product : store.products)
    if (product.published) products.push_back(product_of(product, store.currency));
  if (auto put = co_await commerce::put_products(scope, std::move(products)); !put) co_return put;
  std::vector<commerce::Policy> policies;
  for (const auto& policy : store.policies)
    policies.push_back({PolicyId::fresh(), policy.kind, policy.title, policy.body});
  if (auto put = co_await commerce::put_policies(scope, std::move(policies)); !put) co_return put;
  for (size_t from = 0; from < store.people.size(); from += 500) {
    std::vector<commerce::NewCustomer> people;
    for (size_t i = from; i < std::min(from + 500, store.people.size()); ++i)
      people.push_back(
          {store.people[i].external_id, store.people[i].name, store.people[i].email, store.people[i].phone});
    auto ids = co_await commerce::put_customers(scope, std::move(people));
    if (!ids) co_return std::unexpected(ids.error());
    for (size_t i = 0; i < ids->size(); ++i) shop.customers[store.people[from + i].external_id] = (*ids)[i];
  }
  co_return Done{};
}

/// Shows how far a replay is, once a tenth of a second at most.
struct Progress {
  std::string what;
  size_t total;
  size_t done = 0;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now(), shown{};

  void step() {
    ++done;
    const auto time = std::chrono::steady_clock::now();
    if (time - shown < std::chrono::milliseconds(100) && done != total) return;
    shown = time;
    const double seconds = std::chrono::duration<double>(time - began).count();
    std::fprintf(stderr, "\r  %s: %zu of %zu turns, %.0f a second%s", what.c_str(), done, total,
                 static_cast<double>(done) / std::max(0.001, seconds), done == total ? "\n" : "   ");
  }
};

/// Plays the store's chats but for the first `there`.
Task<Result<Done>> replay(identity::Backend& backend, const net::ClientOptions& server, const DemoStore& store,
                          const ReplayShop& shop, const DemoOptions& options, size_t there) {
  std::vector<const DemoChat*> chats;
  size_t turns = 0, left = 0;
  for (const DemoChat& chat : store.chats) {
    if (options.turns > 0 && turns >= static_cast<size_t>(options.turns)) break;
    turns += chat.turns.size();
    if (chats.size() >= there) left += chat.turns.size();
    chats.push_back(&chat);
  }
  Progress progress{store.shop, left};
  size_t next = there;
  int running = 0;
  net::Signal ended;
  std::optional<Error> failed;
  auto play = [&]() -> Task<void> {
    while (next < chats.size() && !failed) {
      auto done = co_await replay_chat(backend, server, shop, *chats[next++], [&] { progress.step(); });
      if (!done) failed = done.error();
    }
    --running;
    ended.notify();
  };
  while (running < options.at_once && next < chats.size()) {
    ++running;
    net::Reactor::current().spawn(play());
  }
  while (running > 0) co_await ended.wait(std::chrono::seconds(1));
  if (failed) co_return std::unexpected(*failed);
  co_return Done{};
}

Task<Result<Done>> record_orders(identity::Backend& backend, const DemoStore& store, const ReplayShop& shop) {
  auto pass = co_await backend.identity.service(shop.tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  auto scope = importer(backend, *pass);
  const int64_t today = now().micros;
  for (const DemoPurchase& purchase : store.purchases) {
    commerce::RecordOrder order;
    order.external_id.value = purchase.external_id;
    if (!purchase.customer.empty()) order.customer_external_id = Text<1, 100>{purchase.customer};
    order.total_minor.value = purchase.total_minor;
    order.currency.value = store.currency;
    order.placed_at = {today - static_cast<int64_t>(purchase.days_ago * 86'400e6)};
    if (auto recorded = co_await commerce::record_order(scope, std::move(order)); !recorded)
      co_return std::unexpected(recorded.error());
  }
  co_return Done{};
}

/// Everything a shop gets, in order: its data, its shoppers' chats, its orders.
Task<Result<Done>> open_store(identity::Backend& backend, const net::ClientOptions& server, const DemoStore& store,
                              Opened& opened, const DemoOptions& options) {
  ReplayShop& shop = opened.replay;
  std::fprintf(stderr, "  %s: %zu products, %zu policies, %zu people\n", store.shop.c_str(), store.products.size(),
               store.policies.size(), store.people.size());
  if (auto filled = co_await fill_shop(backend, store, shop); !filled) co_return filled;
  auto played = co_await replay(backend, server, store, shop, options, opened.before.chats);
  if (!played) co_return played;
  co_return co_await record_orders(backend, store, shop);
}

}  // namespace

int open_demo(const Config& config, const DemoOptions& options) {
  auto stores = load_stores(options.folder);
  auto database = Database::attach(config);
  net::ClientOptions server;
  server.host = "127.0.0.1";
  server.port = static_cast<uint16_t>(config.port);
  server.trust = config.data / "tls" / "certificate.pem";
  server.origin = "https://127.0.0.1:" + std::to_string(config.port);
  const std::string address = "https://localhost:" + std::to_string(config.port);
  auto work = [&](identity::Backend& backend) -> Task<Result<Done>> {
    std::string addresses;
    for (const DemoStore& store : *stores) {
      auto opened = co_await open_shop(backend, server, store);
      if (!opened) co_return std::unexpected(opened.error());
      if (opened->before.whole) std::fprintf(stderr, "  %s: open already, left as it is\n", store.shop.c_str());
      else if (auto filled = co_await open_store(backend, server, store, *opened, options); !filled) co_return filled;
      addresses += "storefront  " + store.shop + "  " + address + "/shops/" + store.shop + "/\n";
      addresses += "console     " + store.shop + "  " + address + "/console/sign-in#" + opened->link + "\n";
    }
    std::printf("%sapi         all  %s/v1/\nopenapi     all  %s/v1/openapi.json\n", addresses.c_str(), address.c_str(),
                address.c_str());
    co_return Done{};
  };
  Result<Done> done = !stores     ? std::unexpected(stores.error())
                      : !database ? std::unexpected(database.error())
                                  : operate(*database, config, work);
  if (done) return 0;
  std::fprintf(stderr, "\ncordon: %s\n", done.error().detail.c_str());
  return 1;
}

}  // namespace cordon::app
