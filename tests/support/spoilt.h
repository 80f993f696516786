// A stored value that somebody has altered behind the server's back.
#pragma once
#include "support/world.h"

namespace cordon::testing {

/// One bit of a bytea column is another, in the rows that a condition finds, as long as this lives.
class Spoilt {
 public:
  Spoilt(World& world, const std::string& table, const std::string& column, const std::string& rows)
      : sql_(world.sql()),
        flip_("UPDATE " + table + " SET " + column + " = set_byte(" + column + ", length(" + column +
              ") - 1, get_byte(" + column + ", length(" + column + ") - 1) # 1) WHERE " + rows + " RETURNING 1") {
    if (sql_.value(flip_).empty()) throw std::runtime_error("there is nothing to spoil: " + flip_);
  }
  ~Spoilt() { sql_.run(flip_); }
  Spoilt(const Spoilt&) = delete;

 private:
  SqlSession sql_;
  std::string flip_;
};

}  // namespace cordon::testing
