// Customers' turns of the MultiDoGO data set (Peskov et al., EMNLP 2019), annotated at turn level.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cordon::commerce {

/// Words of a turn that carry one label: {"departure_city", "hamburg ny"}.
struct MultidogoSlot {
  std::string label;
  std::string text;
};

struct MultidogoTurn {
  /// In the whole dialogue: the agent's turns are counted but not published, so there are gaps.
  std::int64_t number = 0;
  std::string text;    ///< lower case without punctuation, white space collapsed; empty for a few turns of every file
  std::string intent;  ///< "bookflight", "contentonly"; several are joined by "<div>"
  std::vector<MultidogoSlot> slots;  ///< in the order of the text
};

struct MultidogoConversation {
  std::string id;  ///< a UUID
  std::vector<MultidogoTurn> turns;
};

/// Conversations in the file's order, turns in their own. Utterances that hold a tab, line break or quote are
/// quoted as in CSV, so a row may span lines. Labels match words one to one. Errors: those of
/// read_delimited(), and Code::invalid naming row and column: a turn number that is none or does not grow
/// within its conversation, a count of labels that differs from the count of words.
Result<std::vector<MultidogoConversation>> parse_multidogo_tsv(std::string_view tsv);

}  // namespace cordon::commerce
