// A store to open: what the folders of demo data come down to.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "commerce/import/catalogue_csv.h"
#include "commerce/import/policy_text.h"

namespace cordon::app {

struct DemoPerson {
  std::string external_id, name;
  std::optional<std::string> email, phone;
};

struct DemoPurchase {
  std::string external_id, customer;  ///< external ids
  double days_ago = 0;
  int64_t total_minor = 0;
};

struct DemoChat {
  struct Turn {
    bool by_agent = false;
    std::string text;
  };
  std::optional<std::string> customer;  ///< external id
  double days_ago = 0;                  ///< 0 stays now
  std::vector<Turn> turns;
};

struct DemoStore {
  std::string shop, name, currency, assistant_name, greeting;
  int64_t attribution_days = 7;
  std::vector<commerce::CatalogueProduct> products;
  std::vector<commerce::PolicyText> policies;
  std::vector<DemoPerson> people;
  std::vector<DemoPurchase> purchases;
  std::vector<DemoChat> chats;
};

/// Reads data/demo (one folder a store), or outside data: Shopify's product CSVs, MultiDoGO's turns, ABCD's
/// conversations and policies, made into two stores. Outside data has neither dates nor (but for ABCD) orders: its
/// chats are spread over the last 30 days, and every eighth shopper is given a purchase from that store's catalogue a
/// few hours later.
Result<std::vector<DemoStore>> load_stores(const std::filesystem::path& folder);

}  // namespace cordon::app
