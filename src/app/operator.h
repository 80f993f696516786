// What an operator's command needs: identity and import rights, without a server around them.
#pragma once
#include <functional>
#include <memory>

#include "app/database.h"
#include "identity/backend.h"

namespace cordon::app {

/// Code::not_found where the KMS's key file is not there, and the database has keys that it wrapped: a new file would
/// open none of them.
Result<Done> check_keys(const Database& database, const Config& config);

/// Runs `work` on a reactor of its own, with pools of each login on `database`, and returns what it returns.
Result<Done> operate(const Database& database, const Config& config,
                     std::function<net::Task<Result<Done>>(identity::Backend&)> work);

/// The same without a database.
Result<Done> run_alone(std::function<net::Task<Result<Done>>()> work);

}  // namespace cordon::app
