// What a verifier says of the audit log after somebody with every right has been at it.
#pragma once
#include "audit/verifier.h"
#include "base/random.h"
#include "db/connection.h"
#include "support/served.h"

namespace cordon::testing {

/// Verifies the log after the superuser has run `sql`, in a transaction that is undone afterwards.
inline audit::Report verified_after(World& world, const audit::Trust& trust, const std::vector<std::string>& sql) {
  audit::Report report;
  run([&]() -> net::Task<void> {
    auto connection = must(co_await db::Connection::open(world.database().admin_conninfo()));
    const audit::Ask ask = [&](std::vector<db::Query> queries) -> net::Task<Result<std::vector<db::Rows>>> {
      auto rows = co_await connection->transact(queries);
      if (!rows) throw std::runtime_error(rows.error().sqlstate);
      co_return std::move(*rows);
    };
    // The log does not grow meanwhile, of which what is changed here would be a conflict.
    std::vector<std::string> all{"BEGIN ISOLATION LEVEL REPEATABLE READ",
                                 "LOCK TABLE audit.log, audit.tile, audit.bundle IN SHARE ROW EXCLUSIVE MODE"};
    all.insert(all.end(), sql.begin(), sql.end());
    // A connection knows a statement by its address: each has its own.
    std::vector<db::Statement> statements;
    for (const std::string& one : all) statements.push_back({"log.attempt", one});
    for (const db::Statement& statement : statements) {
      std::vector<db::Query> queries;
      queries.push_back({&statement, {}});
      co_await ask(std::move(queries));
    }
    audit::LogStore store(ask);
    audit::EventSource events{ask, std::nullopt};
    report = must(co_await audit::verify(store, std::move(events), trust));
  });
  return report;
}

/// The names of what was found.
inline std::vector<std::string> found(const audit::Report& report) {
  std::vector<std::string> out;
  for (const audit::Finding& finding : report.findings) out.emplace_back(to_string(finding.wrong));
  return out;
}

/// Whom the database says to believe.
inline audit::VerifierKey log_key(SqlSession& sql) {
  sql.run("SELECT origin, encode(public_key, 'base64') FROM audit.log");
  return {sql.rows()[0][0], audit::SignatureType::ed25519, *from_base64(sql.rows()[0][1])};
}

}  // namespace cordon::testing
