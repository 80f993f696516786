#include "commerce/merchant_store.h"
#include "commerce/product_store.h"
#include "commerce/routes.h"

namespace cordon::commerce {

using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

struct ProductsQuery {
  std::optional<Text<1, 200>> query, cursor;
  std::optional<Int<1, 100>> limit;
};
BOOST_DESCRIBE_STRUCT(ProductsQuery, (), (query, cursor, limit))

struct PoliciesQuery {
  std::optional<Text<1, 200>> cursor;
  std::optional<Int<1, 100>> limit;
};
BOOST_DESCRIBE_STRUCT(PoliciesQuery, (), (cursor, limit))

// The shop's people and its visitors see the same catalogue; which login and policy serve them follows from the token.
// The storefront's routes ask the door first, since the tables would also let the shop's people read.
net::Task<Result<Page<Product>>> products(Call& call, ProductsQuery in) {
  return list_products(*call.scope, {in.query, in.cursor, in.limit.value_or(Int<1, 100>{50})});
}
net::Task<Result<Page<Policy>>> policies(Call& call, PoliciesQuery in) {
  return list_policies(*call.scope, {in.cursor, in.limit.value_or(Int<1, 100>{50})});
}

}  // namespace

void add_catalogue_routes(door::Routes& routes) {
  const Permission read("catalogue.read"), visit("visit.read");
  const AuditAction products_read("product.list"), policies_read("policy.list");
  routes.add<ProductsQuery, Page<Product>>(
      {Method::get, "/v1/products", read, products_read, Rate::read, "list_products",
       "The shop's products; with `query` those that match it, best first"},
      products);
  routes.add<PoliciesQuery, Page<Policy>>(
      {Method::get, "/v1/policies", read, policies_read, Rate::read, "list_policies", "The shop's policies"}, policies);
  routes.add<ProductsQuery, Page<Product>>(
      {Method::get, "/v1/storefront/products", visit, products_read, Rate::read, "list_storefront_products",
       "The products, for a visitor; with `query` those that match it, best first", 200, door::Asks::first},
      products);
  routes.add<PoliciesQuery, Page<Policy>>(
      {Method::get, "/v1/storefront/policies", visit, policies_read, Rate::read, "list_storefront_policies",
       "The policies, for a visitor", 200, door::Asks::first},
      policies);
  routes.add<Nothing, Merchant>({Method::get, "/v1/merchant", Permission("merchant.read"), AuditAction("merchant.read"),
                                 Rate::read, "get_merchant", "The shop's settings"},
                                [](Call& call, Nothing) { return find_merchant(*call.scope); });
  routes.add<ChangeMerchant, Merchant>(
      {Method::patch, "/v1/merchant", Permission("merchant.write"), AuditAction("merchant.change"), Rate::write,
       "change_merchant", "Change the shop's settings"},
      [](Call& call, ChangeMerchant in) { return change_merchant(*call.scope, std::move(in)); });
}

}  // namespace cordon::commerce
