// The catalogue: products and policies, and the search that the assistant answers from.
#pragma once
#include "base/json.h"
#include "commerce/conversation.h"
#include "door/scope.h"

namespace cordon::commerce {

struct Product {
  ProductId id;
  std::string handle, title, description, vendor, product_type;
  std::vector<std::string> tags;
  std::optional<std::string> image_url;
  int64_t price_min_minor = 0, price_max_minor = 0;
  std::string currency;
  bool available = true;
};
CORDON_TYPE(Product, id, handle, title, description, vendor, product_type, tags, image_url, price_min_minor,
            price_max_minor, currency, available)

struct Policy {
  PolicyId id;
  std::string kind, title, body;
};
CORDON_TYPE(Policy, id, kind, title, body)

struct ListProducts {
  std::optional<Text<1, 200>> query;
  std::optional<Text<1, 200>> cursor;
  Int<1, 100> limit{50};
};
struct ListPolicies {
  std::optional<Text<1, 200>> cursor;
  Int<1, 100> limit{50};
};

/// By id, or with `query` the best matches first, keyset over (rank, id). Code::invalid if the cursor is not one of an
/// answer to the same question.
net::Task<Result<Page<Product>>> list_products(door::Scope& scope, ListProducts in);
net::Task<Result<Page<Policy>>> list_policies(door::Scope& scope, ListPolicies in);

struct NewProduct {
  Product product;  ///< its id is used if the handle is new
  std::string options;
};
/// Adds products, or renews them by handle.
net::Task<Result<Done>> put_products(door::Scope& scope, std::vector<NewProduct> products);
/// Adds policies, or renews them by title.
net::Task<Result<Done>> put_policies(door::Scope& scope, std::vector<Policy> policies);

/// One thing that the catalogue has to say about a question.
struct Finding {
  SourceKind kind = SourceKind::product;
  Uuid id;
  std::string title, text;
  int64_t price_min_minor = 0, price_max_minor = 0;
  std::string currency;
  bool available = true;
  int64_t share = 0;  ///< thousandths of the question's weight that it has; over 1000 where the title has it
};
/// The products and policies that share most of what is particular in `question`, best first, at most `limit`. What was
/// asked `before` counts half: "does it come in blue?" is about the tent of the last question. Only the first forty
/// words count.
net::Task<Result<std::vector<Finding>>> search_catalogue(door::Scope& scope, std::string question, std::string before,
                                                         int64_t limit);

}  // namespace cordon::commerce
