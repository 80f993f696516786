// The default assistant: answers from the shop's own catalogue and policies by retrieval, says when it does not know,
// and hands over to a human.
#pragma once
#include <string>
#include <vector>

#include "commerce/product_store.h"

namespace cordon::chat {

using commerce::Finding;

struct Answer {
  std::string text;
  std::vector<commerce::Source> sources;
  bool hands_over = false;
};

/// What to say where nothing was found that answers, or nothing could be looked for: a person is asked.
Answer not_known();

/// The words of a question that say what it is about, to search with; empty if there are none.
std::string essence(const std::string& question);

/// What to say to `question`, given what was found, best first. Pure: no clock, no database.
Answer compose(const std::string& question, const std::vector<Finding>& findings);

}  // namespace cordon::chat
