// E-mail addresses of staff.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace cordon::staff {

/// Whether `address` can stand in a mail's header and envelope as it is: one @, no blanks, quotes or controls, 254
/// bytes at most (RFC 5321 section 4.5.3.1). Whether anybody reads it, a link sent there tells.
bool is_address(std::string_view address);
/// The one spelling of an address under which an account is kept: in lower case. Code::invalid with the field if it
/// is none.
Result<std::string> normal_address(std::string_view email);

}  // namespace cordon::staff
