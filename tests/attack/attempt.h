// One attempt: a file whose first line says what it tries, and how it becomes statements or requests.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cordon::attack {

/// What stands for what in an attempt: ":b_tenant" -> B's id. Names are replaced longest first, wherever they stand.
using Names = std::map<std::string, std::string>;
std::string replace(std::string_view text, const Names& names);
/// The reverse, for output: seals that differ from run to run become their names again.
std::string restore(std::string text, const Names& names);

/// One message to send, and what somebody else does right before it.
struct Step {
  std::string text;       ///< an SQL message or a whole request, placeholders in it
  std::string meanwhile;  ///< SQL that the superuser runs first, on another connection
  std::string copy_data;  ///< what follows COPY ... FROM STDIN
  std::string save;       ///< HTTP: "name = field": keeps a field of the response as a placeholder
};

struct Attempt {
  std::string name;   ///< "sql/seal-truncated.sql"
  std::string topic;  ///< "seal"
  std::string tries;  ///< the first line
  std::vector<std::string> actors;
  std::string allowed;  ///< why PostgreSQL or we let this through, where it changes something that nobody is hurt by
  std::string volatile_why;    ///< why two runs differ anyway (clocks, transaction ids): only their shape is compared
  std::string timeout;         ///< statement_timeout, where the login's own would take the test long
  bool opens_nothing = false;  ///< not even A's own rows may come
  bool opens_own = false;      ///< A's own rows have to come: where nothing opens, a refusal proves nothing
  std::vector<Step> steps;
};

/// Every attempt of a folder, in the order of names. Throws if a file has no first line that says what it tries.
std::vector<Attempt> read_sql(const std::filesystem::path& folder);
std::vector<Attempt> read_http(const std::filesystem::path& folder);

}  // namespace cordon::attack
