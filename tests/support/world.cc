#include "support/world.h"

#include <libpq-fe.h>

#include <csignal>
#include <sstream>

#include "app/operator.h"
#include "base/log.h"
#include "commerce/merchant_store.h"
#include "db/plain.h"
#include "staff/staff.h"

namespace cordon::testing {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "cordon-test-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  path_ = name;
  // The private PostgreSQL passes through it as another user where this one is root.
  fs::permissions(path_, fs::perms{0711});
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

SqlSession::SqlSession(const std::string& conninfo) : raw_(PQconnectdb(conninfo.c_str()), PQfinish) {
  if (PQstatus(raw_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(raw_.get()));
  PQsetNoticeReceiver(raw_.get(), [](void*, const PGresult*) {}, nullptr);
}

std::string SqlSession::run(const std::string& sql) {
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(raw_.get(), sql.c_str()), PQclear);
  rows_.assign(static_cast<size_t>(PQntuples(result.get())), {});
  for (size_t row = 0; row < rows_.size(); ++row)
    for (int column = 0; column < PQnfields(result.get()); ++column)
      rows_[row].emplace_back(PQgetvalue(result.get(), static_cast<int>(row), column));
  const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  if (state) return state;
  return PQresultStatus(result.get()) == PGRES_FATAL_ERROR ? "08006" : "00000";
}

std::string SqlSession::value(const std::string& sql) {
  const std::string state = run(sql);
  if (state != "00000") throw std::runtime_error(state + ": " + PQerrorMessage(raw_.get()) + " in " + sql);
  return rows_.empty() || rows_[0].empty() ? std::string() : rows_[0][0];
}

World& World::shared() {
  static TemporaryFolder folder;
  static World world(folder.path());
  return world;
}

World::World(const fs::path& folder) {
  std::signal(SIGPIPE, SIG_IGN);
  log::set_level("error");
  config_.data = folder;
  config_.port = 0;
  config_.threads = 2;
  config_.rate_scale = 1e6;
  config_.demo = true;
  database_ = std::make_unique<app::Database>(must(app::Database::open(config_)));
  must(database_->migrate());
  process_ =
      std::make_unique<app::Process>(config_, [this](std::string_view login) { return database_->conninfo(login); });
  must(process_->ready(std::chrono::seconds(30)));
  signer_ = must(identity::Signer::open(config_.data / "identity"));
}

World::~World() = default;

std::unique_ptr<app::Process> World::replica(std::function<void(app::Config&)> settings) {
  app::Config config = config_;
  if (settings) settings(config);
  auto made =
      std::make_unique<app::Process>(config, [this](std::string_view login) { return database_->conninfo(login); });
  must(made->ready(std::chrono::seconds(30)));
  return made;
}

net::ClientOptions World::client() const {
  net::ClientOptions options;
  options.port = process_->port();
  options.trust = config_.data / "tls" / "certificate.pem";
  options.origin = "https://127.0.0.1:" + std::to_string(options.port);
  return options;
}

void World::run(std::function<net::Task<void>(identity::Backend&)> work) {
  must(app::operate(*database_, config_, [&](identity::Backend& backend) -> net::Task<Result<Done>> {
    co_await work(backend);
    co_return Done{};
  }));
}

net::Task<TenantId> make_shop(identity::Backend& backend, std::string name) {
  const std::vector<std::string> no_origins;
  const TenantId tenant = must(co_await backend.identity.add_shop(name, no_origins));
  door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
  commerce::Merchant merchant;
  merchant.shop = name;
  merchant.name = "The " + name;
  merchant.currency = "EUR";
  merchant.assistant_name = "Ada";
  merchant.greeting = "Hello!";
  must(co_await commerce::put_merchant(scope, merchant));
  scope.take_ran();  // no test counts with an event of this
  co_return tenant;
}

Shop World::add_shop() {
  Shop shop;
  shop.name = "shop-" + std::to_string(++shops_);
  run([&](identity::Backend& backend) -> net::Task<void> {
    shop.tenant = co_await make_shop(backend, shop.name);
    shop.owner = must(co_await backend.identity.add_member(shop.tenant, "Owner", "owner"));
  });
  return shop;
}

std::shared_ptr<const door::Pass> World::sign_in(const Shop& shop, const std::string& role) {
  // What the identity domain does for whoever has proved something; here nothing has to be proved, and nothing is on
  // record.
  auto pass = std::make_shared<door::Pass>();
  pass->tenant = shop.tenant;
  pass->subject = role == "owner" ? shop.owner : SubjectId::fresh();
  pass->session = SessionId::fresh();
  pass->role = role;
  auto login = must(db::Plain::open(database_->conninfo("cordon_identity")));
  must(login.rows("SELECT door.open_session($1::uuid, $2::uuid, $3::uuid, $4, 3600)",
                  {db::param(pass->tenant), db::param(pass->session), db::param(pass->subject), db::param(role)}));
  const auto made = must(login.rows("SELECT seal, array_to_string(permissions, ' ') FROM door.mint($1::uuid, 300)",
                                    {db::param(pass->session)}));
  pass->seal = door::Seal(made.at(0).at(0));
  std::istringstream permissions(made.at(0).at(1));
  for (std::string one; permissions >> one;) pass->permissions.push_back(one);
  pass->issued_at = now();
  pass->expires_at = {pass->issued_at.micros + 300'000'000};
  return pass;
}

std::shared_ptr<const door::Pass> World::sign_in_staff(const std::string& role) {
  Shop none;
  none.tenant = identity::kPlatform;
  auto pass = sign_in(none, role);
  enrol(*pass);
  return pass;
}

namespace {

std::string literal(const db::Bytes& bytes) { return "'" + *db::param(bytes) + "'::bytea"; }

}  // namespace

std::vector<std::string> World::made(TenantId tenant,
                                     const std::function<std::vector<db::Bytes>(const identity::ShopKeys&)>& make) {
  std::vector<std::string> out;
  run([&](identity::Backend& backend) -> net::Task<void> {
    const auto keys = must(co_await identity::shop_keys(backend.identities, tenant));
    for (const db::Bytes& bytes : make(keys)) out.push_back(literal(bytes));
  });
  return out;
}

void World::add_staff(SubjectId staff, const std::string& role) {
  const std::string email = to_string(staff) + "@cordon.test";
  const auto of_email = made(identity::kPlatform, [&](const identity::ShopKeys& keys) {
    return std::vector{keys.own.close(staff::kEmail, staff.value, email), keys.index.index(staff::kEmail, email)};
  });
  sql().value("INSERT INTO identity.staff (staff_id, email, email_index, role, verified_at, enrolled_at) VALUES ('" +
              to_string(staff) + "', " + of_email[0] + ", " + of_email[1] + ", '" + role +
              "', now(), now()) ON CONFLICT DO NOTHING");
}

void World::enrol(const door::Pass& pass) {
  add_staff(pass.subject, pass.role);
  const std::string session = to_string(pass.session), staff = to_string(pass.subject);
  const auto from = made(identity::kPlatform, [&](const identity::ShopKeys& keys) {
    return std::vector{keys.own.close(identity::kSessionAgent, pass.session.value, "a test"),
                       keys.own.close(identity::kSessionAddress, pass.session.value, "192.0.2.1")};
  });
  auto admin = sql();
  admin.value(
      "INSERT INTO identity.session (session_id, tenant_id, subject_id, means, agent, address, expires_at) VALUES ('" +
      session + "', '" + to_string(identity::kPlatform) + "', '" + staff + "', 'password', " + from[0] + ", " +
      from[1] + ", now() + interval '1 hour') ON CONFLICT DO NOTHING");
  admin.value("INSERT INTO identity.staff_session (session_id, staff_id, expires_at) VALUES ('" + session + "', '" +
              staff + "', now() + interval '1 hour')");
}

std::string World::closed(const keys::Field& field, TenantId tenant, const Uuid& row, const std::string& plain) {
  return made(tenant,
              [&](const identity::ShopKeys& keys) { return std::vector{keys.own.close(field, row, plain)}; })[0];
}

std::string World::index(const keys::Field& field, TenantId tenant, const std::string& plain) {
  return made(tenant, [&](const identity::ShopKeys& keys) { return std::vector{keys.index.index(field, plain)}; })[0];
}

std::string World::opened(const keys::Field& field, TenantId tenant, const Uuid& row, const std::string& hex) {
  std::string bytes, out;
  for (size_t i = 2; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  run([&](identity::Backend& backend) -> net::Task<void> {
    out = must(co_await identity::shop_keys(backend.identities, tenant)).own.open(field, row, bytes);
  });
  return out;
}

std::vector<audit::ClosedParts> World::events(const std::string& condition) {
  auto admin = sql();
  if (const auto state =
          admin.run("SELECT event_id, coalesce(tenant_id::text, ''), address, agent, detail FROM audit.event WHERE " +
                    condition + " ORDER BY event_id");
      state != "00000")
    throw std::runtime_error(state);
  std::vector<audit::EventRecord> found;
  for (const auto& row : admin.rows()) {
    audit::EventRecord& event = found.emplace_back();
    event.event_id = *EventId::parse(row[0]);
    event.tenant_id = TenantId::parse(row[1]);
    event.closed = {row[2], row[3], row[4]};
  }
  run([&](identity::Backend& backend) -> net::Task<void> {
    must(co_await audit::open(audit::Opener(backend.recorder.keys()), found));
  });
  std::vector<audit::ClosedParts> out;
  for (auto& event : found) out.push_back({event.address, event.agent, event.detail});
  return out;
}

SqlSession World::sql(std::string_view login) { return SqlSession(database_->cluster()->conninfo(login)); }

net::Reply World::call(net::Method method, std::string target, const std::string& token, std::string body) {
  std::vector<net::Header> headers;
  if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  net::Reply reply;
  run([&](identity::Backend&) -> net::Task<void> {
    net::Client connection(client());
    reply = must(co_await connection.request(method, target, headers, body));
  });
  return reply;
}

std::string World::token(const door::Pass& pass) const { return identity::issue(*signer_, pass); }

}  // namespace cordon::testing
