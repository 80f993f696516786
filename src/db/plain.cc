#include "db/plain.h"

#include <libpq-fe.h>

namespace cordon::db {

void Plain::Close::operator()(pg_conn* raw) const { PQfinish(raw); }

static std::string trimmed(const char* text) {
  std::string out(text ? text : "");
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

Result<Plain> Plain::open(const std::string& conninfo) {
  Plain made(PQconnectdb(conninfo.c_str()));
  if (PQstatus(made.raw_.get()) != CONNECTION_OK)
    return fail(Code::unavailable, trimmed(PQerrorMessage(made.raw_.get())));
  PQsetNoticeReceiver(made.raw_.get(), [](void*, const PGresult*) {}, nullptr);
  return made;
}

Result<Done> Plain::script(const std::string& sql) {
  std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(raw_.get(), sql.c_str()), PQclear);
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return Done{};
  return fail(Code::internal, trimmed(PQerrorMessage(raw_.get())));
}

Result<std::vector<std::vector<std::string>>> Plain::rows(const std::string& sql, const std::vector<Param>& params) {
  std::vector<const char*> values;
  for (const Param& p : params) values.push_back(p ? p->c_str() : nullptr);
  std::unique_ptr<PGresult, void (*)(PGresult*)> result(
      PQexecParams(raw_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr,
                   0),
      PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    return fail(Code::internal, trimmed(PQerrorMessage(raw_.get())));
  std::vector<std::vector<std::string>> out(static_cast<size_t>(PQntuples(result.get())));
  for (size_t row = 0; row < out.size(); ++row)
    for (int column = 0; column < PQnfields(result.get()); ++column)
      out[row].emplace_back(PQgetvalue(result.get(), static_cast<int>(row), column));
  return out;
}

Result<std::string> Plain::scram_verifier(const std::string& login, const std::string& password) {
  std::unique_ptr<char, void (*)(void*)> verifier(
      PQencryptPasswordConn(raw_.get(), password.c_str(), login.c_str(), "scram-sha-256"), PQfreemem);
  if (!verifier) return fail(Code::internal, trimmed(PQerrorMessage(raw_.get())));
  return std::string(verifier.get());
}

int Plain::server_version() const { return PQserverVersion(raw_.get()); }

}  // namespace cordon::db
