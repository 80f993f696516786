// What the log's key signs when events whose time is over are let go: a statement that says which leaves have no event
// any more. docs/audit.md, "What is let go".
#pragma once
#include <string>
#include <vector>

#include "audit/note.h"
#include "base/time.h"

namespace cordon::audit {

/// Leaves of one bundle whose events, all of one kind, are let go.
struct LetGoPart {
  std::string kind;
  uint64_t bundle = 0;
  std::string bitmap;  ///< 256 bits in 32 bytes; the first leaf's is the highest of the first byte

  bool has(uint64_t place) const {
    return place / 8 < bitmap.size() && (static_cast<uint8_t>(bitmap[place / 8]) >> (7 - place % 8) & 1) != 0;
  }
};

/// A statement's text. Its first line is no log's name, for names have no spaces, and its second is no size: nobody
/// takes it for a checkpoint, whoever's key has signed it.
struct LetGo {
  struct Kind {
    std::string name;
    uint64_t events = 0;  ///< how many
    Time before;          ///< each of them is older
    Hash leaves{};        ///< SHA-256 over the leaves' indices, ascending, 8 bytes each, the highest first
  };
  std::string origin;
  uint64_t number = 0;  ///< from 1 on, without a gap
  Hash previous{};      ///< digest() of the one before; 32 zero bytes for the first
  std::vector<Kind> kinds;
  Time at;

  std::string to_text() const;
  /// Code::malformed for anything that to_text() does not give.
  static Result<LetGo> parse(std::string_view text);
  /// The kind of that name; null where none of it was let go.
  const Kind* find(std::string_view kind) const;
};

/// SHA-256 of a statement's text: by it the next one continues it, and its audit event names it.
Hash digest(std::string_view statement);

/// How many leaves of each kind, and their hash, in `parts`: those of a kind together, by ascending bundle. `before` is
/// left out.
std::vector<LetGo::Kind> kinds_of(const std::vector<LetGoPart>& parts);

}  // namespace cordon::audit
