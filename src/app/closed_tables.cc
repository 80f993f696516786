#include "app/closed_tables.h"

#include "audit/closed_tables.h"
#include "commerce/closed_tables.h"
#include "identity/closed_tables.h"
#include "shopify/closed_tables.h"
#include "staff/closed_tables.h"

namespace cordon::app {

std::vector<keys::ClosedTable> closed_tables() {
  std::vector<keys::ClosedTable> all = commerce::closed_tables();
  for (auto of_domain : {shopify::closed_tables, identity::closed_tables, staff::closed_tables, audit::closed_tables}) {
    const auto more = of_domain();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace cordon::app
