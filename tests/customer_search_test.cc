// Customers are looked up by blind index: whoever has all of an e-mail address, a number or an id finds its owner
// alone, however it is written. Where the index fails, the search for a part takes over and finds others, or nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commerce/customer_store.h"
#include "support/world.h"

namespace cordon::commerce {
namespace {

using cordon::testing::must;
using cordon::testing::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// Each value of Ann's is a part of Joann's.
const std::vector<NewCustomer> kPeople{{"1001", "Ann", "ann@shop.example", "+49 170 555-12"},
                                       {"21001", "Joann", "joann@shop.example", "+49 170 555-1234"}};

class CustomerSearch : public ::testing::Test {
 protected:
  World& world = World::shared();
  cordon::testing::Shop shop = world.add_shop();
  std::shared_ptr<const door::Pass> importer = world.sign_in(shop, "importer");

  void SetUp() override {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(importer, backend.worker);
      must(co_await put_customers(scope, kPeople));
    });
  }
  std::vector<std::string> names(const std::string& query) {
    ListCustomers list;
    list.query = Text<1, 100>{query};
    std::vector<std::string> out;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(importer, backend.worker);
      const auto found = must(co_await list_customers(scope, list));
      for (const Customer& one : found.items) out.push_back(one.name);
    });
    return out;
  }
};

TEST_F(CustomerSearch, AWholeAddressNumberOrIdFindsItsOwnerAlone) {
  EXPECT_THAT(names("ann@shop.example"), ElementsAre("Ann"));
  EXPECT_THAT(names("ANN@Shop.Example"), ElementsAre("Ann"));
  EXPECT_THAT(names("+49 170 555-12"), ElementsAre("Ann"));
  EXPECT_THAT(names("1001"), ElementsAre("Ann"));
  // A part of something finds everybody who has it.
  EXPECT_THAT(names("nn@shop.exampl"), UnorderedElementsAre("Ann", "Joann"));
  EXPECT_THAT(names("170 555"), UnorderedElementsAre("Ann", "Joann"));
}

TEST_F(CustomerSearch, ANumberIsFoundHoweverItIsWritten) {
  for (const char* same : {"+491705551234", "+49 (170) 555 12 34", "+49-170-5551234", "+49 170/555.1234"})
    EXPECT_THAT(names(same), ElementsAre("Joann")) << same;
  for (const char* other : {"+49 170 555 12 3", "491705551234", "+4917055512345"})
    EXPECT_THAT(names(other), IsEmpty()) << other;
}

}  // namespace
}  // namespace cordon::commerce
