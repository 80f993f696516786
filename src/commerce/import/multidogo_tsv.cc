#include "commerce/import/multidogo_tsv.h"

#include <fmt/format.h>

#include <ranges>
#include <unordered_map>

#include "base/utf8.h"
#include "commerce/import/cell_reader.h"
#include "commerce/import/delimited.h"

namespace cordon::commerce {
namespace {

/// Exactly one word for each single space, as the labels count: a tab or line break is a word of its own, and
/// an empty utterance is one empty word.
std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t space; (space = text.find(' ')) != std::string_view::npos; text.remove_prefix(space + 1))
    words.push_back(text.substr(0, space));
  words.push_back(text);
  return words;
}

/// Joins neighbouring words of one label; "O" labels nothing.
std::vector<MultidogoSlot> read_slots(CellReader& row) {
  const auto words = split_words(row.text("utterance"));
  const auto labels = split_words(row.text("slot-labels"));
  if (words.size() != labels.size()) {
    row.refuse("slot-labels", fmt::format("{} labels for {} words", labels.size(), words.size()));
    return {};
  }
  std::vector<MultidogoSlot> slots;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (labels[i] == "O") continue;
    if (i == 0 || labels[i - 1] != labels[i]) slots.push_back({std::string(labels[i]), ""});
    slots.back().text = collapse_spaces(fmt::format("{} {}", slots.back().text, words[i]));
  }
  return slots;
}

MultidogoTurn read_turn(CellReader& row) {
  MultidogoTurn turn;
  turn.number = row.integer("turnNumber", -1);
  turn.text = collapse_spaces(row.text("utterance"));
  turn.intent = row.text("intent");
  turn.slots = read_slots(row);
  return turn;
}

}  // namespace

Result<std::vector<MultidogoConversation>> parse_multidogo_tsv(std::string_view tsv) {
  auto table = read_delimited(tsv, '\t', {"conversationId", "turnNumber", "utterance", "slot-labels", "intent"});
  if (!table) return std::unexpected(std::move(table.error()));

  std::vector<MultidogoConversation> conversations;
  std::unordered_map<std::string_view, std::size_t> by_id;
  for (const DelimitedRow& cells : table->rows) {
    CellReader row(*table, cells);
    const std::string_view id = row.text("conversationId");
    if (id.empty()) row.refuse("conversationId", "it is empty");
    const auto [known, is_new] = by_id.emplace(id, conversations.size());
    if (is_new) conversations.push_back({std::string(id), {}});
    auto& turns = conversations[known->second].turns;
    MultidogoTurn turn = read_turn(row);
    if (turn.number < 0 || (!turns.empty() && turn.number <= turns.back().number))
      row.refuse("turnNumber", "it has to grow from turn to turn of a conversation");
    if (row.error()) return std::unexpected(*row.error());
    turns.push_back(std::move(turn));
  }
  return conversations;
}

}  // namespace cordon::commerce
