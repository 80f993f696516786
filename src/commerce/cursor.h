// Keyset cursors: where a page ended, as an opaque word.
#pragma once
#include <optional>
#include <string>

#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/time.h"

namespace cordon::commerce {

/// The last row of a page: listings are ordered by (time, id), newest first; what a search found by (rank, id), best
/// first.
struct Position {
  Time time;
  Uuid id;
  int64_t rank = 0;
};

/// Which listing a cursor goes on with: one of another listing, or of another shop's, would skip rows without a word.
struct Listing {
  std::string_view name;
  TenantId tenant;
};

std::string to_cursor(const Listing& listing, const Position& position);
/// Before everything if there is no cursor. Code::invalid, field `cursor`, for anything that to_cursor() did not make
/// for this listing. The check catches mistakes; what may be read is decided by the policies, whatever a cursor says.
Result<Position> from_cursor(const Listing& listing, const std::optional<Text<1, 200>>& cursor);

/// `text` anywhere, as a pattern for LIKE and ILIKE.
std::string like_pattern(std::string_view text);

}  // namespace cordon::commerce
