#include "app/key_command_line.h"

#include <CLI/CLI.hpp>

#include "app/key_commands.h"
#include "app/operator.h"

namespace cordon::app {

KeyCommands::KeyCommands(CLI::App& app) {
  // An empty value is a value. (CLI11 would read it as none into a std::optional.)
  const auto into = [](std::optional<std::string>& place) {
    return std::function<void(const std::string&)>([&place](const std::string& given) { place = given; });
  };
  all = app.add_subcommand("keys", "the keys that close what is personal")->require_subcommand(1);
  status_ = all->add_subcommand("status", "versions, counts, and what is not done yet");
  rotate_ = all->add_subcommand("rotate", "a new key of the KMS, or of one shop");
  rotate_->add_option_function("--shop", into(shop_), "the shop");
  renew_ = all->add_subcommand("renew",
                               "new keys for a shop and every data subject of it, and its rows closed anew with them, "
                               "which takes an hour and more");
  renew_->add_option_function("shop", into(shop_), "the shop; without one, the platform itself");
  rewrap_ = all->add_subcommand("rewrap", "wrap anew whatever is still under older keys");
  destroy_ = all->add_subcommand("destroy",
                                 "end a customer's keys, or a shop's own: what they closed is gone, in backups too");
  destroy_->add_option_function("shop", into(shop_))->required();
  destroy_->add_option_function("--customer", into(customer_), "Shopify's number of the customer");
  destroy_->add_option("--why", why_, "why, in ten characters or more")->required();
  destroy_->add_option("--by", by_, "who asks")->required();
  destroy_->add_flag("--legal", legal_, "the law orders it: no second person, no time to think");
  withdraw_ = all->add_subcommand("withdraw", "say no to the end of keys, as long as they are there");
  withdraw_->add_option("destruction", destruction_, "its id, which status tells")->required();
  withdraw_->add_option("--by", by_, "who says no")->required();
}

int KeyCommands::run(const Config& config) const {
  return operate_on_shop(config, shop_,
                         [this](identity::Backend& backend, std::optional<TenantId> tenant) -> net::Task<Result<Done>> {
                           if (*status_) co_return co_await print_keys(backend);
                           if (*rotate_) co_return co_await rotate_keys(backend, tenant);
                           if (*renew_)
                             co_return co_await renew_keys(backend, tenant.value_or(identity::kPlatform),
                                                           keys::KeyLives().announced.count());
                           if (*rewrap_) co_return co_await rewrap_keys(backend);
                           if (*destroy_) {
                             DestroyKeys wanted{*tenant, customer_, by_, why_, legal_};
                             co_return co_await destroy_keys(backend, std::move(wanted));
                           }
                           const auto id = parse_uuid(destruction_);
                           if (!id) co_return fail(Code::invalid, "`" + destruction_ + "` is no destruction's id");
                           co_return co_await withdraw_destruction(backend, *id, by_);
                         });
}

}  // namespace cordon::app
