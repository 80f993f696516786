// What an operator's command needs: identity and import rights, without a server around them.
#pragma once
#include <functional>
#include <memory>

#include "app/database.h"
#include "identity/backend.h"

namespace cordon::app {

/// Says what went wrong; returns the exit status.
int complain(const Error& error);

/// Code::not_found where the KMS's key file is not there, and the database has keys that it wrapped: a new file would
/// open none of them.
Result<Done> check_keys(const Database& database, const Config& config);

/// Runs `work` on a reactor of its own, with pools of each login on `database`, and returns what it returns.
Result<Done> operate(const Database& database, const Config& config,
                     std::function<net::Task<Result<Done>>(identity::Backend&)> work);

/// The same on the database of a running server, or of one that is started for it. Says what went wrong; returns the
/// exit status.
int operate_on(const Config& config, std::function<net::Task<Result<Done>>(identity::Backend&)> work);
/// The same for one shop's tenant; for none where `shop` is none.
int operate_on_shop(const Config& config, const std::optional<std::string>& shop,
                    std::function<net::Task<Result<Done>>(identity::Backend&, std::optional<TenantId>)> work);

/// Runs `work` like operate(), without a database.
Result<Done> run_alone(std::function<net::Task<Result<Done>>()> work);

}  // namespace cordon::app
