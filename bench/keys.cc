// The load of the keys benchmark: how fast fields are closed and opened, and the seeded rows closed as the server
// closes them.
#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "app/database.h"
#include "app/key_commands.h"
#include "app/operator.h"
#include "commerce/conversation.h"
#include "keys/data_key.h"
#include "load.h"
#include "staff/staff.h"
#include "support/closing.h"

namespace cordon {
namespace {

using Clock = std::chrono::steady_clock;

/// Closes and opens messages of `size` bytes on one thread; how many a second of each.
void seal(size_t size, double seconds) {
  auto versions = std::make_shared<keys::DataKey::Versions>();
  versions->by_number[1].emplace(keys::Secret::random(keys::kKeyBytes));
  versions->active_from[1] = {};
  const keys::DataKey key(versions);
  const std::string plain(size, 'p');
  const Uuid row = new_uuid();
  const auto rate = [&](auto&& work) {
    int64_t done = 0;
    const auto start = Clock::now();
    std::chrono::duration<double> took{};
    for (; took.count() < seconds; took = Clock::now() - start, done += 1000)
      for (int i = 0; i < 1000; ++i) work();
    return static_cast<double>(done) / took.count();
  };
  const double closed = rate([&] { (void)key.close(commerce::kBody, row, plain); });
  const std::string one = key.close(commerce::kBody, row, plain).value;
  const double opened = rate([&] {
    if (key.open(commerce::kBody, row, one).size() != size) throw std::runtime_error("not what was closed");
  });
  std::cout << R"({"closed_per_s":)" << closed << R"(,"opened_per_s":)" << opened << "}" << std::endl;
}

constexpr db::Statement kShops{"keys.shops", "SELECT tenant_id FROM identity.shop ORDER BY tenant_id"};
constexpr db::Statement kAddStaff{"keys.add_staff", R"(
  INSERT INTO identity.staff (staff_id, email, email_index, role, password, verified_at, enrolled_at)
  VALUES ($1::uuid, $2::bytea, $3::bytea, 'support', $4, now(), now()))"};

net::Task<Result<Done>> close_all(identity::Backend& backend) {
  std::vector<db::Query> queries{db::query(kShops)};
  const auto shops = must(co_await identity::run(backend.identities, std::move(queries)));
  for (int i = 0; i < shops.at(0).size(); ++i) co_await testing::close_rows(backend, shops.at(0).id<TenantId>(i, 0));
  co_return Done{};
}

constexpr db::Statement kShop{"keys.shop", "SELECT tenant_id FROM identity.shop WHERE shop = $1"};

/// New data keys for a shop and its rows closed anew, with a wait that is enough for the one server that runs here.
net::Task<Result<Done>> renew(identity::Backend& backend, std::string shop) {
  std::vector<db::Query> queries{db::query(kShop, shop)};
  const auto found = must(co_await identity::run(backend.identities, std::move(queries)));
  co_return co_await app::renew_keys(backend, found.at(0).id<TenantId>(0, 0), 5);
}

net::Task<Result<Done>> add_staff(identity::Backend& backend, std::vector<std::string> emails, std::string hash) {
  const auto keys = must(co_await identity::shop_keys(backend.identities, identity::kPlatform));
  for (const std::string& email : emails) {
    const Uuid id = new_uuid();
    std::vector<db::Query> queries{db::query(kAddStaff, id, keys.own.close(staff::kEmail, id, email),
                                             keys.index.index(staff::kEmail, email), hash)};
    must(co_await identity::run(backend.identities, std::move(queries)));
  }
  co_return Done{};
}

int run(int argc, char** argv) {
  CLI::App cli("The load of the keys benchmark.");
  cli.require_subcommand(1);
  app::Config config;
  size_t size = 1024;
  double seconds = 2;
  std::string hash;
  std::vector<std::string> emails;
  auto* sealing = cli.add_subcommand("seal", "how many fields are closed and opened a second");
  sealing->add_option("--size", size);
  sealing->add_option("--seconds", seconds);
  auto* closing = cli.add_subcommand("close", "closes the seeded rows");
  auto* staffing = cli.add_subcommand("staff", "adds staff with one password");
  staffing->add_option("--hash", hash)->required();
  staffing->add_option("emails", emails)->required();
  std::string shop;
  auto* renewing = cli.add_subcommand("renew", "new data keys for a shop, and its rows closed anew");
  renewing->add_option("--shop", shop)->required();
  for (auto* command : {closing, staffing, renewing}) command->add_option("--data", config.data)->required();
  CLI11_PARSE(cli, argc, argv);
  if (*sealing) {
    seal(size, seconds);
    return 0;
  }
  const auto database = must(app::Database::attach(config));
  must(app::operate(database, config, [&](identity::Backend& backend) {
    return *closing ? close_all(backend) : *renewing ? renew(backend, shop) : add_staff(backend, emails, hash);
  }));
  return 0;
}

}  // namespace
}  // namespace cordon

int main(int argc, char** argv) { return cordon::load(cordon::run, argc, argv); }
