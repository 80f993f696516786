#include "identity/backend.h"

namespace cordon::identity {

door::Scope Backend::scope(std::shared_ptr<const door::Pass> pass, const audit::Event& event) {
  audit::Event mine = event;
  mine.by(*pass);
  door::Scope made(pass, pool_for(*pass));
  made.with_change = [mine]() mutable {
    mine.id = EventId::fresh();
    return std::vector<db::Query>{audit::append(mine)};
  };
  return made;
}

}  // namespace cordon::identity
