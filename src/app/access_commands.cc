#include "app/access_commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/operator.h"
#include "app/process.h"

namespace cordon::app {

AccessCommands::AccessCommands(CLI::App& app) {
  invite_ = app.add_subcommand("invite", "add a member to a shop and print a one-use sign-in link");
  invite_->add_option("shop", shop_)->required();
  invite_->add_option("--name", name_)->capture_default_str();
  invite_->add_option("--role", role_)
      ->check(CLI::IsMember({"owner", "manager", "agent", "analyst"}))
      ->capture_default_str();
  staff_ = app.add_subcommand("staff", "the people who run the platform")->require_subcommand(1);
  auto* colleague =
      staff_->add_subcommand("invite", "print a one-use link for a new colleague, or mail it where mail is set up");
  colleague->add_option("email", email_)->required();
  colleague->add_option("role", staff_role_)
      ->required()
      ->check(CLI::IsMember({"administrator", "support", "security", "auditor"}));
  embed_ = app.add_subcommand("embed", "let the pages of a web origin embed a shop's chat");
  embed_->add_option("shop", shop_)->required();
  embed_->add_option("origin", origin_, "such as https://shop.example")->required();
  suspend_ = app.add_subcommand("suspend", "shut one shop at once");
  suspend_->add_option("shop", shop_)->required();
  suspend_->add_option("--why", why_)->required();
  resume_ = app.add_subcommand("resume", "open a suspended shop again");
  resume_->add_option("shop", shop_)->required();
  stop_ = app.add_subcommand("stop", "stop everything at once: the global kill switch");
  stop_->add_option("--why", why_)->required();
  start_ = app.add_subcommand("start", "start again after stop");
}

int AccessCommands::invite(const Config& config) const {
  return operate_on_shop(config, shop_,
                         [&](identity::Backend& backend, std::optional<TenantId> tenant) -> net::Task<Result<Done>> {
                           auto subject = co_await backend.identity.add_member(*tenant, name_, role_);
                           if (!subject) co_return std::unexpected(subject.error());
                           auto link = co_await backend.identity.sign_in_link(*tenant, *subject, 3600);
                           if (!link) co_return std::unexpected(link.error());
                           std::printf("https://localhost:%d/console/sign-in#%s\n", config.port, link->c_str());
                           co_return Done{};
                         });
}

int AccessCommands::invite_staff(const Config& config) const {
  return operate_on(config, [&](identity::Backend& backend) -> net::Task<Result<Done>> {
    const auto shared = share_staff(config, [port = config.port] { return static_cast<uint16_t>(port); });
    staff::Staff staff(backend.identity, *shared);
    auto link = co_await staff.invite(email_, staff_role_, std::nullopt);
    if (!link) co_return std::unexpected(link.error());
    std::printf("%s\n", staff.mails() ? "the link was mailed" : link->c_str());
    co_return Done{};
  });
}

int AccessCommands::run(const Config& config) const {
  if (*invite_) return invite(config);
  if (*staff_) return invite_staff(config);
  if (*stop_) return operate_on(config, [&](identity::Backend& of) { return of.identity.halt(why_); });
  if (*start_) return operate_on(config, [](identity::Backend& of) { return of.identity.unhalt(); });
  const auto on_shop = [&](auto work) {
    return operate_on_shop(config, shop_, [&](identity::Backend& backend, std::optional<TenantId> tenant) {
      return work(backend.identity, *tenant);
    });
  };
  if (*embed_) return on_shop([&](auto& identity, TenantId shop) { return identity.allow_origin(shop, origin_); });
  if (*suspend_) return on_shop([&](auto& identity, TenantId shop) { return identity.suspend(shop, why_); });
  if (*resume_) return on_shop([](auto& identity, TenantId shop) { return identity.resume(shop); });
  return 2;
}

}  // namespace cordon::app
