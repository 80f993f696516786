// Pages of rows.
#pragma once
#include "base/json.h"
#include "db/result.h"

namespace cordon::db {

/// The first `limit` rows, each as `read(rows, row)` makes it. Where there is one more, the page ends at
/// `cursor(its last item)`.
template <class Read, class Cursor>
auto page_of(const Rows& rows, int64_t limit, Read read, Cursor cursor) {
  Page<decltype(read(rows, 0))> page;
  for (int i = 0; i < rows.size() && i < limit; ++i) page.items.push_back(read(rows, i));
  if (rows.size() > limit) page.next_cursor = cursor(page.items.back());
  return page;
}

}  // namespace cordon::db
