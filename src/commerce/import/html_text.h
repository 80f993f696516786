// The words of a product description, without its HTML.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace cordon::commerce {

/// Plain text of an HTML fragment: tags and comments dropped with the content of script, style and the like,
/// entities decoded, one line for each paragraph, heading, row or list item ("- " before an item), white
/// space collapsed. libxml2's HTML parser does the reading, so that broken markup gives text rather than an
/// error; what is nested deeper than its limit of 255 elements is left out. The result is text and has to be
/// escaped again wherever it is shown. Errors: Code::too_large above 512 KiB, Shopify's own limit.
Result<std::string> html_to_text(std::string_view html);

}  // namespace cordon::commerce
