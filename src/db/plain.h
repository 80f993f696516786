// A blocking connection for what runs before there is a reactor: the cluster's first start, and migrations.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "db/query.h"

struct pg_conn;

namespace cordon::db {

class Plain {
 public:
  /// Code::unavailable if it cannot connect.
  static Result<Plain> open(const std::string& conninfo);
  /// Runs a script of several statements (simple protocol). The error is PostgreSQL's own: for the operator, never for
  /// a caller.
  Result<Done> script(const std::string& sql);
  /// One statement with bound parameters; rows as text.
  Result<std::vector<std::vector<std::string>>> rows(const std::string& sql, const std::vector<Param>& params = {});
  /// The verifier that ALTER ROLE ... PASSWORD takes, made here so that the password itself is never sent.
  Result<std::string> scram_verifier(const std::string& login, const std::string& password);
  int server_version() const;

 private:
  struct Close {
    void operator()(pg_conn* raw) const;
  };
  explicit Plain(pg_conn* raw) : raw_(raw) {}
  std::unique_ptr<pg_conn, Close> raw_;
};

}  // namespace cordon::db
