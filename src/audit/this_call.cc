#include "audit/this_call.h"

#include <algorithm>

namespace cordon::audit {

void ThisCall::tell(std::span<const db::Query> queries, std::span<const db::Rows> rows) {
  for (size_t i = 0; i < queries.size(); ++i) {
    ran.push_back(door::ran_of(queries[i]));
    ran.back().rows = rows[i].size();
  }
}

void ThisCall::complete(Event& change) const {
  change.request = event.request;
  change.trace = event.trace;
  change.method = event.method;
  change.resource = event.resource;
  if (change.address.empty()) change.address = event.address;
  if (change.agent.empty()) change.agent = event.agent;
  if (change.purpose.empty()) change.purpose = event.purpose;
  const bool theirs = change.subject == event.subject, service = !event.subject && !event.role.empty();
  if (theirs && !change.session) change.session = event.session;
  if (service || (theirs && change.role.empty())) change.role = event.role;
  if (change.action == event.action && change.status < 400) change.status = event.status;
  change.queries = ran;
}

void ThisCall::committed(const Event& change) {
  committed_.push_back(change.action);
  ran.clear();
  // Nobody was proved, and yet it is known whom it was about: they see the refusal beside what it has ended.
  if (change.status < 400 || event.tenant) return;
  event.tenant = change.tenant;
  event.subject = change.subject;
  event.session = change.session;
  if (event.role.empty()) event.role = change.role;
}

bool ThisCall::carried() const { return std::ranges::find(committed_, event.action) != committed_.end(); }

}  // namespace cordon::audit
