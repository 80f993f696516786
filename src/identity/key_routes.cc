#include "identity/access_routes.h"

namespace cordon::identity {

using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

struct AskForDestruction {
  Text<1, 63> shop;
  Text<20, 500> why;
};
BOOST_DESCRIBE_STRUCT(AskForDestruction, (), (shop, why))

struct OneDestruction {
  Uuid destruction_id;
};
BOOST_DESCRIBE_STRUCT(OneDestruction, (), (destruction_id))

std::string asker(const Call& call) { return to_string(call.scope->pass().subject); }

}  // namespace

void add_key_routes(door::Routes& routes, std::function<Backend&()> here, Fresh fresh) {
  const Permission destroy("key.destroy");
  const AuditAction ask("key.destroy.ask"), approve("key.destroy.approve"), withdraw("key.destroy.withdraw");
  routes.add<Nothing, Page<keys::DestructionRecord>>(
      {Method::get, "/v1/staff/key-destructions", Permission("key.read"), AuditAction("key.destroy.list"), Rate::read,
       "list_key_destructions", "Keys that are to end, or have", 200, door::Asks::first},
      [here](Call&, Nothing) -> net::Task<Result<Page<keys::DestructionRecord>>> {
        auto keeper = custodian(here());
        auto found = co_await keeper.destructions();
        if (!found) co_return std::unexpected(found.error());
        co_return Page<keys::DestructionRecord>{std::move(*found), {}};
      });
  routes.add<AskForDestruction, keys::DestructionRecord>(
      {Method::post, "/v1/staff/key-destructions", destroy, ask, Rate::write, "ask_for_key_destruction",
       "Ask for the end of a shop's own key: another one of the staff has to say yes, and seven days to pass", 200,
       door::Asks::first},
      [here, fresh](Call& call, AskForDestruction in) -> net::Task<Result<keys::DestructionRecord>> {
        auto proved = co_await fresh(call.scope->pass());
        if (!proved) co_return std::unexpected(proved.error());
        if (!says_something(in.why.value))
          co_return fail(Code::invalid, "Write the reason out: the merchant reads it.", "why");
        auto tenant = co_await here().identity.find_shop(in.shop.value);
        if (!tenant) co_return std::unexpected(tenant.error());
        if (!*tenant) co_return fail(Code::not_found, "There is no such shop.", "shop");
        auto keeper = custodian(here(), call);
        std::vector<Uuid> whole;
        auto asked = co_await keeper.ask(**tenant, std::move(whole), true, asker(call), std::move(in.why.value), false);
        if (!asked) co_return std::unexpected(asked.error());
        call.recorded = true;
        co_return co_await keeper.destruction(*asked);
      });
  routes.add<OneDestruction, keys::DestructionRecord>(
      {Method::post, "/v1/staff/key-destructions/{destruction_id}/approve", destroy, approve, Rate::write,
       "approve_key_destruction", "Say yes to what another one of the staff has asked for", 200, door::Asks::first},
      [here, fresh](Call& call, OneDestruction in) -> net::Task<Result<keys::DestructionRecord>> {
        auto proved = co_await fresh(call.scope->pass());
        if (!proved) co_return std::unexpected(proved.error());
        auto keeper = custodian(here(), call);
        auto approved = co_await keeper.approve(in.destruction_id, asker(call));
        call.recorded = approved.has_value();
        co_return approved;
      });
  routes.add<OneDestruction, keys::DestructionRecord>(
      {Method::post, "/v1/staff/key-destructions/{destruction_id}/withdraw", destroy, withdraw, Rate::write,
       "withdraw_key_destruction", "Say no, as long as the keys are there", 200, door::Asks::first},
      [here](Call& call, OneDestruction in) -> net::Task<Result<keys::DestructionRecord>> {
        auto keeper = custodian(here(), call);
        auto withdrawn = co_await keeper.withdraw(in.destruction_id, asker(call));
        call.recorded = withdrawn.has_value();
        co_return withdrawn;
      });
}

}  // namespace cordon::identity
