#include "app/commands.h"

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>

#include "app/audit_commands.h"
#include "app/database.h"
#include "app/demo.h"
#include "app/edge.h"
#include "app/key_commands.h"
#include "app/let_go_commands.h"
#include "app/operator.h"
#include "app/process.h"
#include "app/rbac.h"
#include "base/embedded.h"
#include "base/log.h"
#include "db/migrator.h"

namespace cordon::app {

namespace {

/// What `cordon serve` is told about a server that is split.
struct ServiceOptions {
  std::vector<std::string> services;
  std::map<door::Service, std::string> others;
  std::string certificate, key, authority;
};

int complain(const Error& error) {
  std::fprintf(stderr, "cordon: %s\n", error.detail.c_str());
  return 1;
}

/// Blocks `signals` in every thread started later; the caller waits for them.
sigset_t block_signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

/// A socket is a file, and the usual soft limit of 1,024 is far fewer than the server may hold.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// The services that this process is, and where the others are.
Result<Done> read_services(Config& config, const ServiceOptions& options) {
  if (!options.services.empty()) config.services.clear();
  for (const std::string& name : options.services) config.services.insert(*door::read_service(name));
  for (const auto& [service, text] : options.others) {
    if (text.empty()) continue;
    const size_t colon = text.rfind(':');
    int port = 0;
    const char* end = text.data() + text.size();
    if (colon == std::string::npos || std::from_chars(text.data() + colon + 1, end, port).ptr != end || port < 1 ||
        port > 65535)
      return fail(Code::invalid, "`" + text + "` is no address of a service, such as 10.0.0.5:9443");
    config.others[service] = {text.substr(0, colon), static_cast<uint16_t>(port)};
  }
  if (!options.certificate.empty())
    config.service_credentials = net::Credentials{{options.certificate, options.key}, options.authority};
  return check_services(config);
}

int serve(Config config, const ServiceOptions& options) {
  if (auto read = read_services(config, options); !read) return complain(read.error());
  raise_file_limit();
  keys::guard_memory(config.threads);
  const sigset_t signals = block_signals({SIGINT, SIGTERM, SIGHUP});
  // Of several processes on one data folder, the identity service runs the database.
  const bool first = config.services.contains(door::Service::identity);
  auto database = first ? Database::open(config) : Database::attach(config);
  if (!database) return complain(database.error());
  // An operator's own database is migrated when the operator says so; the private one has no other operator.
  if (first && database->is_private())
    if (auto migrated = database->migrate(); !migrated) return complain(migrated.error());
  if (auto able = database->check_login("cordon_audit"); !able) return complain(able.error());
  if (auto fits = first ? check_keys(*database, config) : Done{}; !fits) return complain(fits.error());
  Process process(config, [&](std::string_view login) { return database->conninfo(login); });
  if (auto ready = process.ready(std::chrono::seconds(30)); !ready) return complain(ready.error());
  const auto address = [](const std::string& host, uint16_t port) {
    return "https://" + host + ":" + std::to_string(port);
  };
  // Where the other services ask this one, port 0 if nowhere.
  log::info("serving", {{"address", address(config.address, process.port())},
                        {"services", address(config.service_address, process.service_port())}});
  int received = 0;
  while (sigwait(&signals, &received) == 0 && received == SIGHUP) process.reload_certificates();
  log::info("draining", {{"signal", received == SIGTERM ? "SIGTERM" : "SIGINT"}});
  process.drain(std::chrono::seconds(10));
  log::info("stopped");
  return 0;
}

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
  // No server, no database: the routes know all that the document says.
  auto hub = chat::Hub({});
  chat::Live live{hub, {}};
  std::printf("%s\n", boost::json::serialize(declare_routes({{}, &live, {}, nullptr, {}}).openapi()).c_str());
  return 0;
}

/// The edge's certificates, towards the services and towards browsers, go into the data folder; the table of paths to
/// standard output.
int prepare_edge(const Config& config) {
  auto inside = net::service_credentials(config.data, {"edge"});
  if (!inside) return complain(inside.error());
  auto outside = net::self_signed(config.data);
  if (!outside) return complain(outside.error());
  auto hub = chat::Hub({});
  chat::Live live{hub, {}};
  std::fputs(edge_table(declare_routes({{}, &live, {}, nullptr, {}})).c_str(), stdout);
  return 0;
}

/// The matrix of the database that is there, not of the one that this program would make.
int print_rbac(const Config& config, bool as_json) {
  auto database = Database::attach(config);
  if (!database) return complain(database.error());
  auto print = [&](identity::Backend&) -> net::Task<Result<Done>> {
    db::Pool pool(database->conninfo("cordon_identity"), {1});
    auto rbac = co_await read_rbac(pool);
    if (!rbac) co_return std::unexpected(rbac.error());
    std::fputs((as_json ? json::encode(*rbac) + "\n" : to_text(*rbac)).c_str(), stdout);
    co_return Done{};
  };
  auto done = operate(*database, config, print);
  return done ? 0 : complain(done.error());
}

using Work = std::function<net::Task<Result<Done>>(identity::Backend&)>;

/// One operation on the identity side, on a running server's database or one started for it.
int operate_on(const Config& config, Work work) {
  block_signals({SIGINT, SIGTERM});
  auto database = Database::attach(config);
  if (!database) return complain(database.error());
  auto done = operate(*database, config, std::move(work));
  return done ? 0 : complain(done.error());
}

net::Task<Result<TenantId>> shop_id(identity::Backend& backend, std::string shop) {
  auto found = co_await backend.identity.find_shop(shop);
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return fail(Code::not_found, "there is no shop `" + shop + "`");
  co_return **found;
}

int suspend(const Config& config, const std::string& shop, const std::string& why, bool resume) {
  return operate_on(config, [=](identity::Backend& backend) -> net::Task<Result<Done>> {
    auto tenant = co_await shop_id(backend, shop);
    if (!tenant) co_return std::unexpected(tenant.error());
    if (resume) co_return co_await backend.identity.resume(*tenant);
    co_return co_await backend.identity.suspend(*tenant, why);
  });
}

int embed(const Config& config, const std::string& shop, const std::string& origin) {
  return operate_on(config, [=](identity::Backend& backend) -> net::Task<Result<Done>> {
    auto tenant = co_await shop_id(backend, shop);
    if (!tenant) co_return std::unexpected(tenant.error());
    co_return co_await backend.identity.allow_origin(*tenant, origin);
  });
}

int halt(const Config& config, const std::string& why, bool start) {
  return operate_on(config, [=](identity::Backend& backend) -> net::Task<Result<Done>> {
    if (start) co_return co_await backend.identity.unhalt();
    co_return co_await backend.identity.halt(why);
  });
}

int invite(const Config& config, const std::string& shop, const std::string& name, const std::string& role) {
  return operate_on(config, [=](identity::Backend& backend) -> net::Task<Result<Done>> {
    auto tenant = co_await shop_id(backend, shop);
    if (!tenant) co_return std::unexpected(tenant.error());
    auto subject = co_await backend.identity.add_member(*tenant, name, role);
    if (!subject) co_return std::unexpected(subject.error());
    auto link = co_await backend.identity.sign_in_link(*tenant, *subject, 3600);
    if (!link) co_return std::unexpected(link.error());
    std::printf("https://localhost:%d/console/sign-in#%s\n", config.port, link->c_str());
    co_return Done{};
  });
}

int invite_staff(const Config& config, const std::string& email, const std::string& role) {
  return operate_on(config, [=](identity::Backend& backend) -> net::Task<Result<Done>> {
    const auto shared = share_staff(config, [port = config.port] { return static_cast<uint16_t>(port); });
    staff::Staff staff(backend.identity, *shared);
    auto link = co_await staff.invite(email, role, std::nullopt);
    if (!link) co_return std::unexpected(link.error());
    std::printf("%s\n", staff.mails() ? "the link was mailed" : link->c_str());
    co_return Done{};
  });
}

int on_keys(const Config& config, const std::optional<std::string>& shop,
            std::function<net::Task<Result<Done>>(identity::Backend&, std::optional<TenantId>)> work) {
  return operate_on(config, [=](identity::Backend& backend) -> net::Task<Result<Done>> {
    std::optional<TenantId> tenant;
    if (shop) {
      auto found = co_await shop_id(backend, *shop);
      if (!found) co_return std::unexpected(found.error());
      tenant = *found;
    }
    co_return co_await work(backend, tenant);
  });
}

/// The subcommands of `cordon keys`.
struct KeyCommands {
  explicit KeyCommands(CLI::App& app) {
    // An empty value is a value. (CLI11 would read it as none into a std::optional.)
    const auto into = [](std::optional<std::string>& place) {
      return std::function<void(const std::string&)>([&place](const std::string& given) { place = given; });
    };
    all = app.add_subcommand("keys", "the keys that close what is personal")->require_subcommand(1);
    status = all->add_subcommand("status", "versions, counts, and what is not done yet");
    rotate = all->add_subcommand("rotate", "a new key of the KMS, or of one shop");
    rotate->add_option_function("--shop", into(shop), "the shop");
    renew = all->add_subcommand("renew",
                                "new keys for every data subject of a shop, and its rows closed anew with them, which "
                                "takes ten minutes or more");
    renew->add_option_function("shop", into(shop))->required();
    rewrap = all->add_subcommand("rewrap", "wrap anew whatever is still under older keys");
    destroy = all->add_subcommand("destroy",
                                  "end a customer's keys, or a shop's own: what they closed is gone, in backups too");
    destroy->add_option_function("shop", into(shop))->required();
    destroy->add_option_function("--customer", into(customer), "Shopify's number of the customer");
    destroy->add_option("--why", why, "why, in ten characters or more")->required();
    destroy->add_option("--by", by, "who asks")->required();
    destroy->add_flag("--legal", legal, "the law orders it: no second person, no time to think");
    withdraw = all->add_subcommand("withdraw", "say no to the end of keys, as long as they are there");
    withdraw->add_option("destruction", destruction, "its id, which status tells")->required();
    withdraw->add_option("--by", by, "who says no")->required();
  }
  int run(const Config& config) const;

  CLI::App *all, *status, *rotate, *renew, *rewrap, *destroy, *withdraw;
  std::optional<std::string> shop, customer;
  std::string why, by, destruction;
  bool legal = false;
};

int KeyCommands::run(const Config& config) const {
  return on_keys(config, shop,
                 [this](identity::Backend& backend, std::optional<TenantId> tenant) -> net::Task<Result<Done>> {
                   if (*status) co_return co_await print_keys(backend);
                   if (*rotate) co_return co_await rotate_keys(backend, tenant);
                   if (*renew) co_return co_await renew_keys(backend, *tenant, keys::KeyLives().announced.count());
                   if (*rewrap) co_return co_await rewrap_keys(backend);
                   if (*destroy) {
                     DestroyKeys wanted{*tenant, customer, by, why, legal};
                     co_return co_await destroy_keys(backend, std::move(wanted));
                   }
                   const auto id = parse_uuid(destruction);
                   if (!id) co_return fail(Code::invalid, "`" + destruction + "` is no destruction's id");
                   co_return co_await withdraw_destruction(backend, *id, by);
                 });
}

/// The subcommands of `cordon audit`.
struct AuditCommands {
  explicit AuditCommands(CLI::App& app) {
    all = app.add_subcommand("audit", "the audit log")->require_subcommand(1);
    key = all->add_subcommand("key", "the key that signs the log, for those who verify it");
    verify = all->add_subcommand("verify", "whether the log, and the events in it, are what they were");
    auto* url = verify->add_option("--url", wanted.url, "of a published log: https://log.example/audit");
    auto* folder = verify->add_option("--folder", wanted.folder, "a copy of a published log")->excludes(url);
    verify->add_option("--export", wanted.exported, "a folder that `cordon audit export` made")
        ->excludes(url)
        ->excludes(folder);
    verify->add_option("--key", wanted.key, "whom to believe: what `cordon audit key` printed");
    verify->add_option("--policy", wanted.policy, "whose cosignatures are asked for (c2sp.org/tlog-policy)")
        ->check(CLI::ExistingFile);
    verify->add_option("--trust", wanted.trust, "PEM file with the certificate of the server at --url")->needs(url);
    verify->add_option("--seen", wanted.seen, "a checkpoint from before, which the log has to continue");
    verify->add_option("--copy", wanted.copy, "copy the log of --url to this folder, if it is sound")->needs(url);
    begin = all->add_subcommand("new-log",
                                "end the log and begin another, with every event, where the database does not continue "
                                "what was signed");
    begin->add_option("--why", why, "why; it stands in the new log")->required();
    search = all->add_subcommand("search", "events, newest first, as JSON lines");
    export_ = all->add_subcommand("export", "events with their proofs, signed, for whoever has nothing else");
    tail = all->add_subcommand("tail", "the last 20 events, as JSON lines");
    for (CLI::App* command : {search, export_, tail}) add_filters(command);
    for (CLI::App* command : {search, export_}) {
      command->add_option("--from", from, "RFC 3339");
      command->add_option("--to", to, "RFC 3339");
    }
    search->add_option("--limit", limit, "how many (50 if not given)");
    rows = all->add_subcommand("rows", "whether PostgreSQL gave more rows than events tell of");
    rows->add_option("--settle", settle, "seconds to wait for what is under way")->check(CLI::Range(0, 600));
    export_->add_option("--out", export_folder, "a folder that is made for it, or is empty")->required();
    export_->add_option("--format", format, "jsonl (with the proofs), csv or both")
        ->check(CLI::IsMember({"jsonl", "csv", "both"}))
        ->capture_default_str();
    tail->add_flag("--follow", follow, "and new ones as they come, until SIGINT or SIGTERM");
    let_go = all->add_subcommand("let-go", "have the events whose time is over let go now, not within the hour");
    let_go->add_flag("--dry-run", dry, "say what is over, and what is held; let nothing go");
    hold = all->add_subcommand("hold", "let nothing go of one shop, or at all, whatever its age");
    release = all->add_subcommand("release", "lift such a hold");
    for (CLI::App* one : {hold, release}) {
      auto* whose = one->add_option_group("whose")->require_option(1);
      whose->add_option("--shop", shop, "the shop");
      whose->add_flag("--all", everybody, "everybody's events");
    }
    hold->add_option("--why", why, "why, in 500 characters; the shop sees it in its events")->required();
    statements = all->add_subcommand("statements", "the signed statements of what was let go");
  }
  int run(const Config& config) const;
  void add_filters(CLI::App* command);
  Result<audit::EventQuery> query() const;
  net::Task<Result<Done>> keep(identity::Backend& backend, std::optional<TenantId> tenant) const;

  CLI::App *all, *key, *verify, *begin, *search, *export_, *tail, *rows, *let_go, *hold, *release, *statements;
  VerifyLog wanted;
  std::string why;
  std::optional<std::string> shop;
  std::string action, resource, subject, code, address, from, to, export_folder, format = "both";
  bool follow = false, dry = false, everybody = false;
  int status = 0;
  int64_t limit = 50;
  int settle = 20;  // as long as an event may wait for its commit
};

void AuditCommands::add_filters(CLI::App* command) {
  command->add_option("--shop", shop, "of one shop");
  command->add_option("--action", action, "such as conversation.read");
  command->add_option("--resource", resource, "the beginning of what was asked for, such as /v1/customers/");
  command->add_option("--subject", subject, "who: a member's, visitor's or staff account's id");
  command->add_option("--status", status, "the answer's status")->check(CLI::Range(100, 599));
  command->add_option("--code", code, "the answer's error, such as forbidden");
  command->add_option("--address", address, "where it was asked from");
}

Result<audit::EventQuery> AuditCommands::query() const {
  audit::EventQuery out;
  if (!action.empty()) out.action = Text<1, 60>{action};
  if (!resource.empty()) out.resource = Text<1, 300>{resource};
  if (!code.empty()) out.code = Text<1, 60>{code};
  if (!address.empty()) out.address = Text<1, 60>{address};
  if (status != 0) out.status = Int<100, 599>{status};
  out.limit = Int<1, 200>{limit};
  out.from = parse_time(from);
  out.to = parse_time(to);
  out.subject_id = SubjectId::parse(subject);
  if (!from.empty() && !out.from) return fail(Code::invalid, "--from takes a time such as 2026-11-28T08:00:00Z");
  if (!to.empty() && !out.to) return fail(Code::invalid, "--to takes a time such as 2026-11-28T08:00:00Z");
  if (!subject.empty() && !out.subject_id) return fail(Code::invalid, "--subject takes an id");
  return out;
}

/// What is about how long events stay.
net::Task<Result<Done>> AuditCommands::keep(identity::Backend& backend, std::optional<TenantId> tenant) const {
  if (*statements) co_return co_await print_statements(backend, 1);
  if (*let_go && dry) co_return co_await print_due(backend);
  if (*let_go) co_return co_await have_let_go(backend, std::chrono::minutes(5));
  if (!tenant && !everybody) co_return fail(Code::invalid, "--shop takes a shop's name");
  if (*release) co_return co_await backend.identity.release_events(tenant);
  co_return co_await backend.identity.hold_events(tenant, why);
}

int AuditCommands::run(const Config& config) const {
  // A stranger who verifies has no database.
  if (*verify && !(wanted.url.empty() && wanted.folder.empty() && wanted.exported.empty())) {
    const auto done = run_alone([this] { return verify_log(nullptr, wanted); });
    return done ? 0 : complain(done.error());
  }
  const auto asked = query();
  if (!asked) return complain(asked.error());
  return on_keys(config, shop,
                 [&](identity::Backend& backend, std::optional<TenantId> tenant) -> net::Task<Result<Done>> {
                   if (*key) co_return co_await print_log_key(backend);
                   if (*verify) co_return co_await verify_log(&backend, wanted);
                   if (*rows) co_return co_await compare_rows(backend, std::chrono::seconds(settle));
                   if (*tail) co_return co_await print_tail(backend, tenant, *asked, follow);
                   if (*export_) {
                     audit::Export all_of_it{tenant, *asked, export_folder, format != "csv", format != "jsonl"};
                     co_return co_await export_to_folder(backend, std::move(all_of_it));
                   }
                   if (*begin) co_return co_await begin_new_log(backend, config, why);
                   if (*let_go || *hold || *release || *statements) co_return co_await keep(backend, tenant);
                   co_return co_await print_events(backend, tenant, *asked);
                 });
}

}  // namespace

int run_command(int argc, char** argv) {
  CLI::App app("Cordon: the server behind a shopping assistant that many shops share.");
  app.require_subcommand(1);
  app.set_version_flag("--version", CORDON_VERSION);
  app.set_config("--config", "", "a TOML file with any of these options");
  Config config;
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
  auto* smtp = app.add_option("--smtp-url", config.smtp_url, "the server that takes mail, such as smtps://mail.example")
                   ->envname("CORDON_SMTP_URL");
  app.add_option("--smtp-user", config.smtp_user, "whom to sign in as there");
  app.add_option("--smtp-password-file", config.smtp_password_file, "a file with that user's password")
      ->check(CLI::ExistingFile);
  app.add_option("--smtp-from", config.smtp_from, "the sender's address")->envname("CORDON_SMTP_FROM");
  smtp->needs("--smtp-from");

  auto* serve_command = app.add_subcommand("serve", "serve, with every service in this process or with some of them");
  ServiceOptions services;
  serve_command->add_option("--roles", services.services, "the services that this process is: api,chat,identity,worker")
      ->delimiter(',')
      ->check(CLI::IsMember({"api", "chat", "identity", "worker"}));
  serve_command->add_option("--service-address", config.service_address, "address to take the other services' calls on")
      ->capture_default_str();
  serve_command->add_option("--service-port", config.service_port, "port to take them on, 0 takes a free one")
      ->check(CLI::Range(0, 65535));
  serve_command->add_option("--identity-at", services.others[door::Service::identity],
                            "where the identity service takes calls, as 10.0.0.5:9443");
  serve_command->add_option("--worker-at", services.others[door::Service::worker], "where the worker service does");
  auto* own =
      serve_command
          ->add_option("--service-certificate", services.certificate,
                       "PEM certificate of these services; without it an authority in the data folder makes one")
          ->check(CLI::ExistingFile);
  auto* own_key =
      serve_command->add_option("--service-key", services.key, "its PEM private key")->check(CLI::ExistingFile);
  auto* authority = serve_command
                        ->add_option("--service-authority", services.authority,
                                     "PEM certificate of the authority that every service's has to be of")
                        ->check(CLI::ExistingFile);
  own->needs(own_key)->needs(authority);
  own_key->needs(own);
  authority->needs(own);
  serve_command->add_flag("--behind-edge", config.behind_edge,
                          "take public requests only from the edge, a reverse proxy with a certificate of that name");
  serve_command->add_option("--threads", config.threads, "threads that serve, 0 is one a core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  serve_command->add_option("--connections", config.connections, "database connections a login and thread")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  serve_command->add_option(
      "--certificate", config.certificate,
      "PEM certificate chain, the leaf first; without it a self-signed one is made. Read again when "
      "the file is replaced, and on SIGHUP");
  serve_command->add_option("--key", config.key, "PEM private key of --certificate");
  serve_command->add_option("--seal-seconds", config.seal_seconds, "how long an access token and its seal live")
      ->check(CLI::Range(10, 3600))
      ->capture_default_str();
  serve_command->add_option("--staff-idle-seconds", config.idle.staff, "how long staff's sessions last unused")
      ->check(CLI::Range(60, 12 * 3600))
      ->capture_default_str();
  serve_command->add_option("--member-idle-seconds", config.idle.members, "how long shops' people's last unused")
      ->check(CLI::Range(60, 12 * 3600))
      ->capture_default_str();
  serve_command->add_option("--rate-scale", config.rate_scale, "multiplies every rate limit")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  serve_command->add_option("--shopify-client-id", config.shopify.client_id, "the Shopify app that this server is");
  serve_command->add_option("--shopify-secret-file", config.shopify.secret_file, "file with the app's client secret");
  serve_command->add_option("--shopify-previous-secret-file", config.shopify.previous_secret_file,
                            "the secret before it, accepted for an hour after --shopify-secret-file was changed");
  serve_command->add_option("--shopify-scopes", config.shopify.scopes,
                            "what every shop has to grant, as read_orders,...");
  serve_command->add_option("--shopify-base", config.shopify.base, "ask this server in every shop's place (tests)");
  serve_command->add_option("--shopify-trust", config.shopify.trust, "the certificate of --shopify-base (tests)");
  serve_command->add_flag("--demo", config.demo, "serve the demo storefront pages too");

  auto* edge_command = app.add_subcommand(
      "edge", "make what a reverse proxy in front of the services needs, and print which of them answers which path");

  bool plan = false;
  std::string shop, why, name = "Owner", role = "owner";
  std::string folder, origin;
  auto* migrate_command = app.add_subcommand("migrate", "bring the database to this version");
  migrate_command->add_flag("--plan", plan, "only say what would be done");
  auto* openapi_command = app.add_subcommand("openapi", "print the OpenAPI document");
  bool as_json = false;
  auto* rbac_command = app.add_subcommand("rbac", "print which role may do what, as the database enforces it");
  rbac_command->add_flag("--json", as_json, "as JSON");
  auto* demo_command =
      app.add_subcommand("demo", "open stores on a running server and replay shoppers' conversations into them");
  demo_command->add_option("folder", folder, "data/demo, or a folder of outside data")
      ->required()
      ->check(CLI::ExistingDirectory);
  DemoOptions demo;
  demo_command->add_option("--turns", demo.turns, "replay at most so many turns, 0 all")->capture_default_str();
  demo_command->add_option("--at-once", demo.at_once, "conversations at the same time")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  auto* invite_command = app.add_subcommand("invite", "add a member to a shop and print a one-use sign-in link");
  invite_command->add_option("shop", shop)->required();
  invite_command->add_option("--name", name)->capture_default_str();
  invite_command->add_option("--role", role)
      ->check(CLI::IsMember({"owner", "manager", "agent", "analyst"}))
      ->capture_default_str();
  std::string email, staff_role;
  auto* staff_command = app.add_subcommand("staff", "the people who run the platform")->require_subcommand(1);
  auto* invite_staff_command = staff_command->add_subcommand(
      "invite", "print a one-use link for a new colleague, or mail it where mail is set up");
  invite_staff_command->add_option("email", email)->required();
  invite_staff_command->add_option("role", staff_role)
      ->required()
      ->check(CLI::IsMember({"administrator", "support", "security", "auditor"}));
  auto* embed_command = app.add_subcommand("embed", "let the pages of a web origin embed a shop's chat");
  embed_command->add_option("shop", shop)->required();
  embed_command->add_option("origin", origin, "such as https://shop.example")->required();
  auto* suspend_command = app.add_subcommand("suspend", "shut one shop at once");
  suspend_command->add_option("shop", shop)->required();
  suspend_command->add_option("--why", why)->required();
  auto* resume_command = app.add_subcommand("resume", "open a suspended shop again");
  resume_command->add_option("shop", shop)->required();
  auto* stop_command = app.add_subcommand("stop", "stop everything at once: the global kill switch");
  stop_command->add_option("--why", why)->required();
  auto* start_command = app.add_subcommand("start", "start again after stop");
  KeyCommands keys(app);
  const AuditCommands audits(app);
  CLI11_PARSE(app, argc, argv);

  log::set_level(config.log_level);
  try {
    if (*serve_command) return serve(config, services);
    if (*edge_command) return prepare_edge(config);
    if (*migrate_command) return migrate(config, plan);
    if (*openapi_command) return print_openapi();
    if (*keys.all) return keys.run(config);
    if (*audits.all) return audits.run(config);
    if (*rbac_command) return print_rbac(config, as_json);
    if (*invite_command) return invite(config, shop, name, role);
    if (*invite_staff_command) return invite_staff(config, email, staff_role);
    if (*embed_command) return embed(config, shop, origin);
    if (*suspend_command || *resume_command) return suspend(config, shop, why, !!*resume_command);
    if (*stop_command || *start_command) return halt(config, why, !!*start_command);
    if (*demo_command) {
      demo.folder = folder;
      return open_demo(config, demo);
    }
  } catch (const std::exception& e) {
    return complain({Code::internal, e.what(), {}});
  }
  return 2;
}

}  // namespace cordon::app
