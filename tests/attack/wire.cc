#include "attack/wire.h"

#include <libpq-fe.h>

#include <algorithm>
#include <stdexcept>

namespace cordon::attack {

std::string Outcome::text(size_t from) const {
  std::string out;
  for (size_t i = from; i < answers.size(); ++i) {
    const Answer& a = answers[i];
    out += a.state + " " + a.tag + "\n" + a.error;
    for (const std::string& row : a.rows) out += "  " + row + "\n";
  }
  return out;
}

std::string Outcome::shape() const {
  std::string out;
  for (const Answer& a : answers) out += a.state + "/" + std::to_string(a.rows.size()) + " ";
  return out;
}

void Wire::Close::operator()(pg_conn* raw) const { PQfinish(raw); }

Wire::Wire(const std::string& conninfo) : raw_(PQconnectdb(conninfo.c_str())) {
  if (PQstatus(raw_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(raw_.get()));
  PQsetErrorVerbosity(raw_.get(), PQERRORS_VERBOSE);
  PQsetNoticeReceiver(
      raw_.get(),
      [](void* to, const PGresult* result) { *static_cast<std::string*>(to) += PQresultErrorMessage(result); },
      &notices_);
}

namespace {

std::string joined(const PGresult* result, int row) {
  std::string out;
  for (int column = 0; column < PQnfields(result); ++column)
    out += (column ? " | " : "") +
           std::string(PQgetisnull(result, row, column) ? "NULL" : PQgetvalue(result, row, column));
  return out;
}

void copy_out(pg_conn* raw, Answer& answer) {
  char* line = nullptr;
  while (PQgetCopyData(raw, &line, 0) > 0) {
    answer.rows.emplace_back(line);
    PQfreemem(line);
  }
}

}  // namespace

std::vector<Answer> Wire::send(const std::string& sql, const std::string& copy_data) {
  std::vector<Answer> answers;
  notices_.clear();
  if (!PQsendQuery(raw_.get(), sql.c_str())) return {{"08006", "", PQerrorMessage(raw_.get()), {}}};
  while (PGresult* raw = PQgetResult(raw_.get())) {
    std::unique_ptr<PGresult, void (*)(PGresult*)> result(raw, PQclear);
    Answer answer;
    const char* state = PQresultErrorField(raw, PG_DIAG_SQLSTATE);
    const auto status = PQresultStatus(raw);
    answer.state = status == PGRES_FATAL_ERROR ? (state ? state : "08006") : "00000";
    answer.tag = PQcmdStatus(raw);
    if (status == PGRES_FATAL_ERROR) answer.error = PQresultErrorMessage(raw);
    for (int row = 0; row < PQntuples(raw); ++row) answer.rows.push_back(joined(raw, row));
    if (status == PGRES_COPY_OUT) copy_out(raw_.get(), answer);
    if (status == PGRES_COPY_IN) {
      PQputCopyData(raw_.get(), copy_data.c_str(), static_cast<int>(copy_data.size()));
      PQputCopyEnd(raw_.get(), nullptr);
    }
    std::sort(answer.rows.begin(), answer.rows.end());
    answers.push_back(std::move(answer));
    if (PQstatus(raw_.get()) != CONNECTION_OK) break;
  }
  PQconsumeInput(raw_.get());
  while (PGnotify* note = PQnotifies(raw_.get())) {
    notices_ += std::string("notification ") + note->relname + " " + note->extra + "\n";
    PQfreemem(note);
  }
  if (!answers.empty()) answers.back().error += notices_;
  return answers;
}

std::vector<std::vector<std::string>> Wire::run(const std::string& sql) {
  std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(raw_.get(), sql.c_str()), PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
    throw std::runtime_error(PQerrorMessage(raw_.get()) + std::string("in ") + sql.substr(0, 300));
  std::vector<std::vector<std::string>> out(static_cast<size_t>(PQntuples(result.get())));
  for (int row = 0; row < PQntuples(result.get()); ++row)
    for (int column = 0; column < PQnfields(result.get()); ++column)
      out[static_cast<size_t>(row)].emplace_back(PQgetvalue(result.get(), row, column));
  return out;
}

bool Wire::usable() const {
  return PQstatus(raw_.get()) == CONNECTION_OK && PQtransactionStatus(raw_.get()) == PQTRANS_IDLE;
}

int Wire::pid() const { return PQbackendPID(raw_.get()); }

}  // namespace cordon::attack
