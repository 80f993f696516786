#include "attack/judge.h"

#include <cstdio>
#include <future>
#include <sstream>
#include <stdexcept>

#include "base/random.h"
#include "db/reset.h"

namespace cordon::attack {

namespace {

std::string hex(std::string_view text) {
  return to_hex(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

/// The line that holds `mark`, also where it was turned into a bytea.
std::string line_with(const std::string& text, std::string_view mark) {
  std::istringstream in(text);
  const std::string coded = hex(mark);
  for (std::string line; std::getline(in, line);)
    if (line.find(mark) != std::string::npos || line.find(coded) != std::string::npos) return line.substr(0, 200);
  return {};
}

bool names_in(const Attempt& attempt, std::string_view name) {
  for (const Step& step : attempt.steps)
    if (step.text.find(name) != std::string::npos) return true;
  return false;
}

}  // namespace

std::string first_difference(const std::string& one, const std::string& other) {
  std::istringstream a(one), b(other);
  std::string left, right;
  for (;;) {
    const bool more_a = static_cast<bool>(std::getline(a, left)), more_b = static_cast<bool>(std::getline(b, right));
    if (!more_a && !more_b) return {};
    if (!more_a) left = "(nothing)";
    if (!more_b) right = "(nothing)";
    if (left != right) return "there: " + left.substr(0, 240) + "\n      elsewhere: " + right.substr(0, 240);
  }
}

std::string stopper(const std::string& state) {
  static const std::map<std::string, std::string> kNames{
      {"42501", "no right (42501)"},           {"CD400", "door: read committed only (CD400)"},
      {"CD401", "door: no such seal (CD401)"}, {"CD403", "door: seal lacks the permission (CD403)"},
      {"CD419", "door: revoked (CD419)"},      {"CD423", "door: suspended (CD423)"},
      {"CD503", "door: stopped (CD503)"},      {"0A000", "not under row security (0A000)"},
      {"42883", "no such function (42883)"},   {"42P01", "no such table (42P01)"},
      {"42704", "no such object (42704)"},     {"57014", "statement timeout (57014)"},
      {"22023", "invalid value (22023)"},
  };
  const auto found = kNames.find(state);
  return found != kNames.end() ? found->second : "error " + state;
}

SqlJudge::SqlJudge(Ground& ground, bool show, std::string_view unreset)
    : ground_(ground), show_(show), unreset_(unreset) {
  reseal();
}

void SqlJudge::reseal() {
  for (const char* name : {"owner", "agent", "visitor", "assistant", "identity", "audit", "monitor"})
    for (auto* place : {&ground_.there(), &ground_.elsewhere()}) ground_.names(*place, ground_.actor(name));
  planted_ = ground_.state(ground_.there());
}

Verdict SqlJudge::judge(const Attempt& attempt) {
  Verdict verdict{&attempt, {}, {}};
  // The planner looks at how full pages are, which the attempts before have left differently here and there.
  if (names_in(attempt, "EXPLAIN")) {
    ground_.rebuild();
    reseal();
  }
  for (const std::string& name : attempt.actors) {
    judge(attempt, ground_.actor(name), verdict);
    if (ground_.common()) break;  // one login does everything there
  }
  return verdict;
}

SqlJudge::Played SqlJudge::play(Ground::Place& place, const Attempt& attempt, const Actor& actor) {
  Played played;
  played.names = ground_.names(place, actor);
  Wire& wire = ground_.wire(place, actor.login);
  // The connection has served the other tenant before, as a pooled one will have.
  if (const auto seal = place.victim_seals.find(actor.login); seal != place.victim_seals.end()) {
    wire.run("BEGIN; SELECT door.enter('" + seal->second + "'); SELECT count(*) FROM commerce.merchant; COMMIT");
    for (const char* reset : db::reset_statements()) wire.send(reset);
    wire.run(ground_.in_this_design("SET cordon.seal = '") + played.names[":a_seal"] + "'");
  }
  if (!attempt.timeout.empty()) wire.run("SET statement_timeout = '" + attempt.timeout + "'");
  for (const Step& step : attempt.steps) {
    if (!step.meanwhile.empty()) {
      ground_.admin(place).run(replace(step.meanwhile, played.names));
      played.outcome.after_meanwhile = played.outcome.answers.size();
    }
    const std::string sql = ground_.in_this_design(replace(step.text, played.names));
    for (Answer& answer : wire.send(sql, replace(step.copy_data, played.names)))
      played.outcome.answers.push_back(std::move(answer));
  }
  if (show_)
    std::printf("%s as %s:\n%s", attempt.name.c_str(), actor.name.c_str(),
                restore(played.outcome.text(), played.names).c_str());
  if (&place == &ground_.there()) played.aftermath = aftermath(wire, place, actor);
  return played;
}

const std::string& SqlJudge::fresh_victim(Ground::Place& place, const Actor& actor) {
  std::string& text = fresh_[actor.login];
  if (text.empty()) {
    Wire wire(ground_.conninfo(place, actor.login));
    for (const char* reset : db::reset_statements()) wire.send(reset);
    text = ground_.victim(wire, place, actor.login);
    // In the common design the first row of a table is not B's.
    if (!ground_.common() && place.victim_seals.contains(actor.login) && line_with(text, kCanary).empty())
      throw std::runtime_error("B sees nothing of its own as " + actor.login + ": that nothing changes proves nothing");
  }
  return text;
}

std::string SqlJudge::aftermath(Wire& wire, Ground::Place& place, const Actor& actor) {
  if (!wire.usable()) return {};  // a pool closes it
  for (const char* reset : db::reset_statements())
    if (reset != unreset_)
      for (const Answer& answer : wire.send(reset))
        if (answer.state != "00000") return {};  // and here as well
  const std::string locks = ground_.admin(place).run(
      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = " + std::to_string(wire.pid()))[0][0];
  if (locks != "0") return "an advisory lock is still held";
  return first_difference(ground_.victim(wire, place, actor.login), fresh_victim(place, actor));
}

void SqlJudge::judge(const Attempt& attempt, const Actor& actor, Verdict& verdict) {
  const size_t before = verdict.leaks.size();
  fresh_victim(ground_.there(), actor);
  // Two databases, two connections, two processes of PostgreSQL: at the same time, but for what changes the roles they
  // share.
  const auto when = attempt.topic == "role" ? std::launch::deferred : std::launch::async;
  auto other = std::async(when, [&] { return play(ground_.elsewhere(), attempt, actor); });
  const Played there = play(ground_.there(), attempt, actor);
  compare(there, other.get(), attempt, actor, verdict);
  const State after = compare_state(attempt, actor, verdict);
  if (verdict.leaks.size() != before)
    for (auto* place : {&ground_.there(), &ground_.elsewhere()}) ground_.close(*place, actor.login);
  if (after.catalogue != planted_.catalogue || after.others != planted_.others) {
    ground_.rebuild();
  } else if (after.mine != planted_.mine) {
    auto elsewhere = std::async(std::launch::async, [&] { ground_.restore_mine(ground_.elsewhere()); });
    ground_.restore_mine(ground_.there());
    elsewhere.get();
  } else {
    return;
  }
  const std::string catalogue = planted_.catalogue;
  reseal();
  if (planted_.catalogue != catalogue) throw std::runtime_error(attempt.name + " left what is not put right");
}

void SqlJudge::compare(const Played& there, const Played& elsewhere, const Attempt& attempt, const Actor& actor,
                       Verdict& verdict) {
  const auto leak = [&](const char* rule, const std::string& detail) {
    verdict.leaks.push_back({attempt.name, actor.name, rule, detail});
  };
  const std::string text = there.outcome.text();
  if (attempt.opens_own && line_with(text, kMine).empty())
    throw std::runtime_error(attempt.name + " brings " + actor.name + " nothing of A's own: refusals prove nothing");
  if (const auto line = line_with(text, kCanary); !line.empty()) leak("a byte of B", line);
  if (actor.role == "visitor")
    if (const auto line = line_with(text, kNeighbour); !line.empty()) leak("a byte of another visitor", line);
  for (const auto& [login, seal] : ground_.there().victim_seals)
    if (!ground_.common() && text.find(seal) != std::string::npos) leak("a live seal", login);
  if (!names_in(attempt, ":b_seal_digest") && !names_in(attempt, ":b_seal_guess") && !ground_.common())
    if (text.find(there.names.at(":b_seal_digest")) != std::string::npos) leak("a seal's digest", "of tenant B");
  if (attempt.opens_nothing)
    if (const auto line = line_with(there.outcome.text(there.outcome.after_meanwhile), kMine); !line.empty())
      leak("a seal that should not open", line);
  std::string here = restore(text, there.names), other = restore(elsewhere.outcome.text(), elsewhere.names);
  if (!attempt.volatile_why.empty()) here = there.outcome.shape(), other = elsewhere.outcome.shape();
  if (const auto difference = first_difference(here, other); !difference.empty()) leak("an oracle", difference);
  if (!there.aftermath.empty()) leak("state for the next tenant", there.aftermath);
  bool refused = false;
  for (const Answer& answer : there.outcome.answers)
    if (answer.state != "00000" && answer.state != "25P02") {
      verdict.stopped_by.insert(stopper(answer.state));
      refused = true;
    }
  if (!refused) verdict.stopped_by.insert(actor.role.empty() ? "nothing to see" : "row policy");
}

State SqlJudge::compare_state(const Attempt& attempt, const Actor& actor, Verdict& verdict) {
  const auto leak = [&](const char* rule, const std::string& detail) {
    verdict.leaks.push_back({attempt.name, actor.name, rule, detail});
  };
  auto& place = ground_.there();
  const State after = ground_.state(place);
  if (after.others != planted_.others) leak("a write to B", "rows that are not A's have changed");
  else if (actor.role == "visitor" && after.neighbours != planted_.neighbours)
    leak("a write to another visitor", "rows of A's other visitor have changed");
  if (after.catalogue == planted_.catalogue) return after;
  if (attempt.allowed.empty())
    leak("a right or the catalogue", "roles, rights, functions, tables or policies have changed");
  // Whatever was let through: the next tenant on a new connection must not notice.
  Wire wire(ground_.conninfo(place, actor.login));
  if (const auto difference = first_difference(ground_.victim(wire, place, actor.login), fresh_victim(place, actor));
      !difference.empty())
    leak("state for the next connection", difference);
  return after;
}

}  // namespace cordon::attack
