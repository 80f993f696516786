// Every column whose values are closed, as the types declare them.
#pragma once
#include <vector>

#include "audit/closing.h"
#include "audit/log_key.h"
#include "audit/sealed_export.h"
#include "commerce/conversation.h"
#include "commerce/customer_store.h"
#include "identity/api_token.h"
#include "identity/member_store.h"
#include "shopify/install_store.h"
#include "shopify/shop_store.h"
#include "staff/staff.h"

namespace cordon::testing {

inline const std::vector<keys::Field> kClosed{
    audit::kLogKey,           audit::kAddress,         audit::kAgent,
    audit::kDetail,           commerce::kBody,         commerce::kPreview,
    commerce::kCustomerName,  commerce::kExternalId,   commerce::kName,
    commerce::kEmail,         commerce::kPhone,        identity::kMemberName,
    identity::kMemberEmail,   identity::kSessionAgent, identity::kSessionAddress,
    shopify::kAccessToken,    shopify::kRefreshToken,  shopify::kPreviousRefreshToken,
    shopify::kTicketCustomer, staff::kEmail,           staff::kTotpSecret,
    staff::kOfferedSecret,    identity::kTokenAddress, audit::kObjectKey};

/// "commerce.message.body"
inline std::string name_of(const keys::Field& field) {
  return std::string(field.table) + "." + std::string(field.column);
}

}  // namespace cordon::testing
