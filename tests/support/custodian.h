// What tests of the custodian share: a shop whose keys it changes, and the record of it.
#pragma once
#include <gtest/gtest.h>

#include "audit/event.h"
#include "keys/custodian.h"
#include "support/world.h"

namespace cordon::testing {

/// Puts on record what a custodian does that has no backend.
inline keys::Record on_record() {
  return [](door::AuditAction action, TenantId of, std::string detail) {
    audit::Event event;
    event.tenant = of;
    event.action = action;
    event.detail = std::move(detail);
    event.request = RequestId::fresh();
    return audit::append(audit::ClosedEvent::of(std::move(event)));
  };
}

inline std::vector<Uuid> new_subjects(size_t count) {
  std::vector<Uuid> out;
  while (out.size() < count) out.push_back(new_uuid());
  return out;
}

struct CustodianTest : ::testing::Test {
  World& world = World::shared();
  Shop shop = world.add_shop();
  TenantId tenant = shop.tenant;
  SqlSession admin = world.sql();

  /// Of the shop's rows in a table of the schema `keys`; `from` ends with a condition.
  std::string mine(const std::string& what, const std::string& from) {
    return admin.value("SELECT " + what + " FROM keys." + from + " AND tenant_id = '" + to_string(tenant) + "'");
  }
  /// How often the KMS was asked for something about the shop's keys: a pattern of LIKE.
  int asked(const std::string& what) {
    return std::stoi(admin.value("SELECT count(*) FROM audit.event WHERE action = 'key.use' AND resource LIKE '" +
                                 what + "' AND tenant_id = '" + to_string(tenant) + "'"));
  }
};

}  // namespace cordon::testing
