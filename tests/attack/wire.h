// A hostile client's connection: the simple protocol, any SQL, everything that comes back kept.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "attack/attempt.h"

struct pg_conn;

namespace cordon::attack {

/// What one statement came to.
struct Answer {
  std::string state;              ///< SQLSTATE, or "00000"
  std::string tag;                ///< "SELECT 3"
  std::string error;              ///< every field of the error, and of notices
  std::vector<std::string> rows;  ///< sorted: the order of rows is nobody's promise
};

struct Outcome {
  std::vector<Answer> answers;
  size_t after_meanwhile = 0;  ///< first answer after the last step that had a `meanwhile`
  std::string text(size_t from = 0) const;
  /// SQLSTATEs and row counts only.
  std::string shape() const;
};

class Wire {
 public:
  /// Throws if it cannot connect.
  explicit Wire(const std::string& conninfo);
  /// Sends one message and collects all that it brings, notifications included.
  std::vector<Answer> send(const std::string& sql, const std::string& copy_data = "");
  /// send() for our own statements: throws on an error, returns the cells of the last result.
  std::vector<std::vector<std::string>> run(const std::string& sql);
  /// Whether a pool would go on using this connection: alive, and in no transaction.
  bool usable() const;
  int pid() const;

 private:
  struct Close {
    void operator()(pg_conn* raw) const;
  };
  std::unique_ptr<pg_conn, Close> raw_;
  std::string notices_;
};

}  // namespace cordon::attack
