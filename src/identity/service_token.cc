#include "identity/service_token.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/json.h"

namespace cordon::identity {

namespace bj = boost::json;

namespace {

// Not an access token's: neither passes for the other, whatever else they say.
constexpr std::string_view kType = "st+jwt";

std::unexpected<Error> refuse() {
  return fail(Code::unauthenticated, "The service token does not hold here; get one for this call.");
}

std::string member(const bj::object& in, std::string_view name) {
  const auto* value = in.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The member `name` of the object `outer` of a claim set, as "sub" of "act".
std::string member(const bj::object& in, std::string_view outer, std::string_view name) {
  const auto* value = in.if_contains(outer);
  return value && value->is_object() ? member(value->get_object(), name) : std::string();
}

template <class Id>
bool read_id(const std::string& text, Id& out) {
  const auto parsed = parse_uuid(text);
  if (parsed) out.value = *parsed;
  return parsed.has_value();
}

}  // namespace

const Work* find_work(std::string_view name) {
  for (const Work* work : {&kAnswer, &kClaim})
    if (work->name == name) return work;
  return nullptr;
}

bool Peer::is(door::Service service) const {
  return std::find(services.begin(), services.end(), to_string(service)) != services.end();
}

std::string issue(const Signer& signer, const ServiceToken& token) {
  const int64_t time = now().micros / 1'000'000;
  const bj::object claims{{"iss", kIssuer},
                    {"aud", to_string(token.audience)},
                    {"sub", to_string(token.subject)},
                    {"act", bj::object{{"sub", to_string(token.caller)}}},
                    {"scope", token.work->name},
                    {"tid", to_string(token.tenant)},
                    {"iat", time},
                    {"exp", time + kServiceTokenSeconds},
                    {"jti", to_string(new_uuid())},
                    {"cnf", bj::object{{"x5t#S256", token.certificate}}}};
  return sign_compact(signer, kType, bj::serialize(claims));
}

Result<ServiceToken> read_service_token(const KeySet& keys, std::string_view text, door::Service audience) {
  const auto payload = open_compact(keys, kType, text);
  const auto parsed = payload ? json::parse(*payload) : Result<bj::value>(refuse());
  if (!parsed || !parsed->is_object()) return refuse();
  const bj::object& claims = parsed->get_object();
  const auto* exp = claims.if_contains("exp");
  const auto caller = door::read_service(member(claims, "act", "sub"));
  if (member(claims, "iss") != kIssuer || member(claims, "aud") != to_string(audience) || !caller || !exp ||
      !exp->is_int64() || exp->get_int64() <= now().micros / 1'000'000)
    return refuse();
  ServiceToken token{*caller, member(claims, "cnf", "x5t#S256"), audience, find_work(member(claims, "scope"))};
  if (!token.work || token.work->audience != audience || token.certificate.empty() ||
      !read_id(member(claims, "tid"), token.tenant) || !read_id(member(claims, "sub"), token.subject))
    return refuse();
  return token;
}

Result<Done> belongs_to(const ServiceToken& token, const Peer& peer) {
  if (token.caller != token.work->caller || !peer.is(token.caller) || token.certificate != peer.certificate)
    return fail(Code::unauthenticated, "The service token was made for somebody else's certificate.");
  return Done{};
}

}  // namespace cordon::identity
