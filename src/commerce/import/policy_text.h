// A store's policy as the importers hand it on.
#pragma once
#include <string>

namespace cordon::commerce {

struct PolicyText {
  std::string kind;   ///< what it is about, lower case: "shipping", "returns", or the flow of a knowledge base
  std::string title;  ///< the question or heading, unique within its file
  std::string body;   ///< plain text; lines are paragraphs or steps
};

}  // namespace cordon::commerce
