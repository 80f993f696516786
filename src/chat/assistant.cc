#include "chat/assistant.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <string_view>

#include "base/utf8.h"

namespace cordon::chat {

using commerce::SourceKind;

namespace {

bool has_any(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return text.find(w) != std::string::npos; });
}

/// Whole short messages that ask nothing.
bool is_small_talk(const std::string& text, std::initializer_list<std::string_view> phrases) {
  std::string bare;
  for (char c : text)
    if (std::isalpha(static_cast<unsigned char>(c)) || c == ' ') bare += c;
  while (!bare.empty() && bare.back() == ' ') bare.pop_back();
  return std::find(phrases.begin(), phrases.end(), bare) != phrases.end();
}

std::string money(int64_t minor, const std::string& currency) {
  std::string cents = std::to_string(minor % 100);
  if (cents.size() < 2) cents.insert(0, "0");
  return std::to_string(minor / 100) + "." + cents + " " + currency;
}

/// The first sentences of `text`, up to about `limit` bytes, never cut inside a sentence if that can be helped.
std::string excerpt(const std::string& text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t end = text.rfind(". ", limit);
  if (end == std::string::npos || end < limit / 3) end = text.rfind(' ', limit);
  if (end == std::string::npos) end = limit;
  // Not in the middle of a UTF-8 sequence.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end + (text[end] == '.' ? 1 : 0)) + (text[end] == '.' ? "" : "...");
}

std::string describe(const Finding& f) {
  std::string out = f.title + ": " + money(f.price_min_minor, f.currency);
  if (f.price_max_minor != f.price_min_minor) out += " to " + money(f.price_max_minor, f.currency);
  return out + (f.available ? ". " : " (sold out at the moment). ") + excerpt(f.text, 280);
}

/// Enough of what is particular in the question is in it.
bool answers(const Finding& f) { return f.share >= 500; }

// Words with which people ask, whatever they ask about. PostgreSQL's stop words ("the", "how", "do") go in the search
// itself.
constexpr std::array kAsking{
    "actually",   "also",      "anyone",   "anything", "available", "can",       "could",  "do",    "else",
    "everything", "find",      "get",      "give",     "good",      "got",       "guys",   "hello", "help",
    "hey",        "hi",        "just",     "kind",     "know",      "let",       "like",   "long",  "look",
    "looking",    "many",      "maybe",    "much",     "need",      "offer",     "ok",     "okay",  "one",
    "please",     "pls",       "possible", "question", "really",    "recommend", "right",  "see",   "sell",
    "show",       "something", "sort",     "stock",    "tell",      "thank",     "thanks", "thing", "things",
    "think",      "tho",       "today",    "try",      "u",         "ur",        "use",    "want",  "wanted",
    "wondering",  "would",     "yes",      "dont",     "hows",      "ill",       "im",     "ive",   "its",
    "whats",      "does"};

}  // namespace

std::string essence(const std::string& question) {
  std::string out, word;
  bool suffix = false;  // what follows an apostrophe says nothing: "what's", "I'm"
  for (char c : lower_case(question) + " ") {
    if (c == '\'') suffix = true;
    if (suffix && std::isalpha(static_cast<unsigned char>(c))) continue;
    suffix = c == '\'';
    if (std::isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80 || c == '-' || c == '.') {
      word += c;
      continue;
    }
    if (!word.empty() && std::find(kAsking.begin(), kAsking.end(), word) == kAsking.end())
      out += (out.empty() ? "" : " ") + word;
    word.clear();
  }
  return out;
}

Answer not_known() {
  return {
      "I don't know that from what the shop has told me, and I'd rather not guess. I've asked a person from the shop "
      "to answer you here.",
      {},
      true};
}

Answer compose(const std::string& question, const std::vector<Finding>& findings) {
  const std::string asked = lower_case(question);
  if (has_any(asked, {"human", "real person", "speak to someone", "talk to someone", "an agent", "representative",
                      "manager", "complain"}))
    return {"I'll get a person from the shop to help you here. They can see what we wrote so far.", {}, true};
  if (is_small_talk(
          asked, {"hi", "hello", "hey", "hi there", "hello there", "good morning", "good afternoon", "good evening"}))
    return {"Hello! Ask me about our products, delivery, returns or anything else in the shop.", {}, false};
  if (is_small_talk(asked,
                    {"thanks", "thank you", "thank you so much", "thanks a lot", "ok", "okay", "ok thanks", "great",
                     "great thanks", "perfect", "bye", "goodbye", "thats all", "no", "yes", "no thanks"}))
    return {"You're welcome. I'm here if anything else comes up.", {}, false};

  Answer answer;
  const auto best = std::find_if(findings.begin(), findings.end(), answers);
  if (best == findings.end()) return not_known();
  if (best->kind == SourceKind::policy) {
    answer.text = excerpt(best->text, 600);
    answer.sources.push_back({best->kind, best->id, best->title});
    return answer;
  }
  for (const Finding& f : findings) {
    if (f.kind != SourceKind::product || !answers(f) || f.share < best->share || answer.sources.size() == 3) continue;
    answer.text += (answer.text.empty() ? "" : "\n") + describe(f);
    answer.sources.push_back({f.kind, f.id, f.title});
  }
  return answer;
}

}  // namespace cordon::chat
