#include "audit/let_go.h"

#include <algorithm>
#include <sstream>

#include "audit/tile.h"
#include "base/random.h"

namespace cordon::audit {

static constexpr std::string_view kFirstLine = "/let-go v1";

std::string LetGo::to_text() const {
  std::string out = origin + std::string(kFirstLine) + "\nnumber " + std::to_string(number) + "\nprevious " +
                    audit::to_text(previous) + "\n";
  for (const Kind& kind : kinds)
    out += "kind " + kind.name + " " + std::to_string(kind.events) + " " + to_string(kind.before) + " " +
           audit::to_text(kind.leaves) + "\n";
  return out + "time " + to_string(at) + "\n";
}

Result<LetGo> LetGo::parse(std::string_view text) {
  LetGo out;
  std::istringstream in{std::string(text)};
  std::string first, word, hash, time;
  std::getline(in, first);
  if (first.ends_with(kFirstLine)) out.origin = first.substr(0, first.size() - kFirstLine.size());
  in >> word >> out.number >> word >> hash;
  out.previous = read_hash(hash).value_or(Hash{});
  for (Kind kind; in >> word && word == "kind" && in >> kind.name >> kind.events >> time >> hash;) {
    kind.before = parse_time(time).value_or(Time{});
    kind.leaves = read_hash(hash).value_or(Hash{});
    out.kinds.push_back(kind);
  }
  in >> time;
  out.at = parse_time(time).value_or(Time{});
  // There is one way to write a statement; whatever was read over shows here.
  if (!is_key_name(out.origin) || out.to_text() != text)
    return fail(Code::malformed, "This is no statement of what was let go (docs/audit.md).");
  return out;
}

const LetGo::Kind* LetGo::find(std::string_view kind) const {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& one) { return one.name == kind; });
  return found == kinds.end() ? nullptr : &*found;
}

Hash digest(std::string_view statement) { return sha256(statement); }

std::vector<LetGo::Kind> kinds_of(const std::vector<LetGoPart>& parts) {
  std::vector<LetGo::Kind> out;
  std::string indices;
  for (size_t i = 0; i < parts.size(); ++i) {
    const LetGoPart& part = parts[i];
    if (out.empty() || out.back().name != part.kind) {
      out.push_back({part.kind, 0, {}, {}});
      indices.clear();
    }
    for (uint64_t place = 0; place < kTileWidth; ++place) {
      if (!part.has(place)) continue;
      indices += big_endian(part.bundle * kTileWidth + place);
      ++out.back().events;
    }
    if (i + 1 == parts.size() || parts[i + 1].kind != part.kind) out.back().leaves = sha256(indices);
  }
  return out;
}

}  // namespace cordon::audit
