#include "app/commands.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "app/access_commands.h"
#include "app/audit_command_line.h"
#include "app/database.h"
#include "app/demo.h"
#include "app/edge.h"
#include "app/key_command_line.h"
#include "app/operator.h"
#include "app/rbac.h"
#include "app/routes.h"
#include "app/serve.h"
#include "base/embedded.h"
#include "base/log.h"
#include "db/migrator.h"

namespace cordon::app {

namespace {

int migrate(const Config& config, bool plan_only) {
  auto database = Database::open(config);
  if (!database) return complain(database.error());
  if (!plan_only) {
    auto migrated = database->migrate();
    return migrated ? 0 : complain(migrated.error());
  }
  auto plan = db::plan(database->admin_conninfo(), embedded::migrations());
  if (!plan) return complain(plan.error());
  for (const auto& m : plan->applied) std::printf("applied  %04d %s\n", m.number, m.name.c_str());
  for (const auto& m : plan->pending) std::printf("pending  %04d %s\n", m.number, m.name.c_str());
  return 0;
}

int print_openapi() {
  std::printf("%s\n", boost::json::serialize(declare_routes().openapi()).c_str());
  return 0;
}

void add_log_options(CLI::App& app, Config& config) {
  app.add_option(
         "--log-origin", config.log_origin,
         "the audit log's name when it is made, such as console.example/audit (cordon.invalid/... if not given)")
      ->envname("CORDON_LOG_ORIGIN")
      ->check([](const std::string& name) {
        return audit::is_key_name(name) ? std::string() : "a log's name has no spaces and no plus";
      });
  auto* witnesses =
      app.add_option("--witnesses", config.witnesses, "who cosigns the audit log: a policy file (c2sp.org/tlog-policy)")
          ->envname("CORDON_WITNESSES")
          ->check(CLI::ExistingFile);
  app.add_option("--witness-trust", config.witness_trust,
                 "PEM file with the certificate of the witnesses' servers, or its authority; without it the system's")
      ->check(CLI::ExistingFile)
      ->needs(witnesses);
}

void add_mail_options(CLI::App& app, Config& config) {
  auto* smtp = app.add_option("--smtp-url", config.smtp_url, "the server that takes mail, such as smtps://mail.example")
                   ->envname("CORDON_SMTP_URL");
  app.add_option("--smtp-user", config.smtp_user, "whom to sign in as there");
  app.add_option("--smtp-password-file", config.smtp_password_file, "a file with that user's password")
      ->check(CLI::ExistingFile);
  app.add_option("--smtp-from", config.smtp_from, "the sender's address")->envname("CORDON_SMTP_FROM");
  smtp->needs("--smtp-from");
}

/// What more than one command goes by.
void add_options(CLI::App& app, Config& config) {
  app.set_version_flag("--version", CORDON_VERSION);
  app.set_config("--config", "", "a TOML file with any of these options");
  app.add_option("--data", config.data, "data folder: private database, keys, certificates")
      ->envname("CORDON_DATA")
      ->capture_default_str();
  app.add_option("--database-url", config.database_url,
                 "a PostgreSQL of your own (15 or later); without it a private one is made and run in the data folder")
      ->envname("DATABASE_URL");
  app.add_option("--address", config.address, "address to listen on")->envname("CORDON_ADDRESS")->capture_default_str();
  app.add_option("--port", config.port, "port to listen on, 0 takes a free one")
      ->envname("CORDON_PORT")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--log-level", config.log_level, "debug, info, warn, error or off")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
  app.add_option("--public-url", config.public_url,
                 "the console's origin, such as https://console.example; passkeys are bound to its host")
      ->envname("CORDON_PUBLIC_URL");
  app.add_option(
         "--kms", config.kms,
         "what holds the key of all keys: file:PATH, pkcs11:..., gcp-kms:... (kms.key in the data folder if not given)")
      ->envname("CORDON_KMS");
  add_log_options(app, config);
  add_mail_options(app, config);
}

}  // namespace

int run_command(int argc, char** argv) {
  CLI::App app("Cordon: the server behind a shopping assistant that many shops share.");
  app.require_subcommand(1);
  Config config;
  add_options(app, config);
  const ServeCommand serve(app, config);
  auto* edge_command = app.add_subcommand(
      "edge", "make what a reverse proxy in front of the services needs, and print which of them answers which path");
  bool plan = false;
  auto* migrate_command = app.add_subcommand("migrate", "bring the database to this version");
  migrate_command->add_flag("--plan", plan, "only say what would be done");
  auto* openapi_command = app.add_subcommand("openapi", "print the OpenAPI document");
  bool as_json = false;
  auto* rbac_command = app.add_subcommand("rbac", "print which role may do what, as the database enforces it");
  rbac_command->add_flag("--json", as_json, "as JSON");
  DemoOptions demo;
  auto* demo_command =
      app.add_subcommand("demo", "open stores on a running server and replay shoppers' conversations into them");
  demo_command->add_option("folder", demo.folder, "data/demo, or a folder of outside data")
      ->required()
      ->check(CLI::ExistingDirectory);
  demo_command->add_option("--turns", demo.turns, "replay at most so many turns, 0 all")->capture_default_str();
  demo_command->add_option("--at-once", demo.at_once, "conversations at the same time")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  const AccessCommands access(app);
  const KeyCommands keys(app);
  const AuditCommands audits(app);
  CLI11_PARSE(app, argc, argv);

  log::set_level(config.log_level);
  try {
    if (*serve.all) return serve.run(config);
    if (*edge_command) return prepare_edge(config);
    if (*migrate_command) return migrate(config, plan);
    if (*openapi_command) return print_openapi();
    if (*rbac_command) return print_rbac(config, as_json);
    if (*demo_command) return open_demo(config, demo);
    if (*keys.all) return keys.run(config);
    if (*audits.all) return audits.run(config);
    return access.run(config);
  } catch (const std::exception& e) {
    return complain({Code::internal, e.what(), {}});
  }
}

}  // namespace cordon::app
