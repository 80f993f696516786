// For the time of a test, events of an action that say that something was done cannot be written.
#pragma once
#include "support/world.h"

namespace cordon::testing {

class Unwritten {
 public:
  explicit Unwritten(const std::string& action) {
    World::shared().sql().value(
        "CREATE FUNCTION public.unwritten() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no event'; "
        "END $$; CREATE TRIGGER unwritten BEFORE INSERT ON audit.event FOR EACH ROW WHEN (NEW.action = '" +
        action + "' AND NEW.status < 400) EXECUTE FUNCTION public.unwritten()");
  }
  ~Unwritten() { World::shared().sql().run("DROP FUNCTION public.unwritten() CASCADE"); }
  Unwritten(const Unwritten&) = delete;
};

/// Whether a row is of the transaction that wrote an event `e`: a condition.
inline std::string with_event(const std::string& row) {
  return row + ".xmin::text::bigint = (e.xid::text::bigint & 4294967295)";
}

}  // namespace cordon::testing
