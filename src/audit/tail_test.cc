// The tail gives each event once, in whatever order their ids and their transactions come.
#include "audit/tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/served.h"

namespace cordon::audit {
namespace {

using ::testing::ElementsAre;
using testing::must;
using ::testing::UnorderedElementsAreArray;
using testing::World;

class TailTest : public ::testing::Test {
 protected:
  Event event(EventId id, TenantId of) {
    auto out = by_operator("import", of, {});
    out.id = id;
    return out;
  }
  /// The id of an event whose request began then.
  static EventId an_hour_ago() {
    EventId out = EventId::fresh();
    uint64_t ms = static_cast<uint64_t>(now().micros / 1000 - 3'600'000);
    for (size_t i = 6; i-- > 0; ms >>= 8) out.value.bytes[i] = static_cast<uint8_t>(ms & 0xFF);
    return out;
  }
  static std::vector<EventId> ids_of(const std::vector<EventRecord>& events) {
    std::vector<EventId> out;
    for (const EventRecord& event : events) out.push_back(event.event_id);
    return out;
  }
  /// Takes what comes until there are `count`, and a little longer, for one that would come twice.
  static net::Task<std::vector<EventId>> take(Tail& tail, size_t count) {
    std::vector<EventId> out;
    for (int again = 0, tries = 0; again < 3 && tries < 300; ++tries) {
      const auto come = ids_of(must(co_await tail.next()));
      out.insert(out.end(), come.begin(), come.end());
      again += out.size() >= count;
      co_await net::sleep(std::chrono::milliseconds(50));
    }
    co_return out;
  }

  World& world = World::shared();
  testing::Shop shop = world.add_shop(), other = world.add_shop();
  EventQuery imports{.action = Text<1, 60>{"import"}};
};

TEST_F(TailTest, BeginsWithTheLastOnes) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    std::vector<EventId> made;
    for (int i = 0; i < 5; ++i) {
      made.push_back(EventId::fresh());
      must(co_await backend.recorder.record(event(made.back(), shop.tenant)));
    }
    Tail tail(backend.identities, backend.recorder, shop.tenant, imports);
    const auto last = must(co_await tail.last(3));
    EXPECT_THAT(ids_of(last), ElementsAre(made[2], made[3], made[4]));
    const auto more = co_await take(tail, 0);
    EXPECT_THAT(more, ElementsAre());
  });
}

TEST_F(TailTest, GivesEachEventOnceThoughIdsComeOutOfOrder) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    std::vector<EventId> made;
    for (int i = 0; i < 6; ++i) made.push_back(EventId::fresh());
    made.push_back(an_hour_ago());
    must(co_await backend.recorder.record(event(made[3], shop.tenant)));
    Tail tail(backend.identities, backend.recorder, shop.tenant, imports);
    const auto last = must(co_await tail.last(20));
    EXPECT_THAT(ids_of(last), ElementsAre(made[3]));
    // Older and newer than what was given, one by one and together, and one of somebody else's.
    std::vector<EventId> come;
    const std::vector<size_t> order{5, 0, 6, 4, 1, 2};
    for (const size_t i : order) {
      must(co_await backend.recorder.record(event(made[i], shop.tenant)));
      must(co_await backend.recorder.record(event(EventId::fresh(), other.tenant)));
      if (i == 6) come = co_await take(tail, 3);
    }
    const auto rest = co_await take(tail, 3);
    come.insert(come.end(), rest.begin(), rest.end());
    made.erase(made.begin() + 3);
    EXPECT_THAT(come, UnorderedElementsAreArray(made));
  });
}

TEST_F(TailTest, WaitsForAnOlderTransactionRatherThanLoseItsEvents) {
  auto admin = world.sql();
  const EventId slow = EventId::fresh(), quick = EventId::fresh();
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    Tail tail(backend.identities, backend.recorder, shop.tenant, imports);
    const auto none = must(co_await tail.last(20));
    EXPECT_TRUE(none.empty());
    admin.value("BEGIN; INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) VALUES ('" +
                to_string(slow) + "', '" + to_string(shop.tenant) + "', 'import', 200, gen_random_uuid())");
    must(co_await backend.recorder.record(event(quick, shop.tenant)));
    // A second tail is shown what is there, and is not shown it again.
    Tail second(backend.identities, backend.recorder, shop.tenant, imports);
    const auto shown = must(co_await second.last(20));
    EXPECT_THAT(ids_of(shown), ElementsAre(quick));
    const auto early = must(co_await tail.next());
    EXPECT_TRUE(early.empty());
    admin.value("COMMIT");
    const auto both = co_await take(tail, 2);
    const auto one = co_await take(second, 1);
    EXPECT_THAT(both, ElementsAre(slow, quick));
    EXPECT_THAT(one, ElementsAre(slow));
  });
}

}  // namespace
}  // namespace cordon::audit
