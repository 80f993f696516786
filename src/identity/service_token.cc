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

/// The member `name` of the object `outer` of a claim set, as "sub" of "act"; empty if there is none.
std::string_view text_in(const bj::object& claims, std::string_view outer, std::string_view name) {
  const auto* object = json::object_of(claims, outer);
  return object ? json::text_of(*object, name) : std::string_view();
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
  const auto claims = payload ? json::parse_object(*payload) : refuse();
  if (!claims) return refuse();
  const auto* exp = claims->if_contains("exp");
  if (json::text_of(*claims, "iss") != kIssuer || json::text_of(*claims, "aud") != to_string(audience) || !exp ||
      !exp->is_int64() || exp->get_int64() <= now().micros / 1'000'000)
    return refuse();
  const auto caller = door::read_service(text_in(*claims, "act", "sub"));
  const Work* work = find_work(json::text_of(*claims, "scope"));
  const auto tenant = TenantId::parse(json::text_of(*claims, "tid"));
  const auto subject = SubjectId::parse(json::text_of(*claims, "sub"));
  const auto certificate = text_in(*claims, "cnf", "x5t#S256");
  if (!caller || !work || work->audience != audience || !tenant || !subject || certificate.empty()) return refuse();
  return ServiceToken{*caller, std::string(certificate), audience, work, *tenant, *subject};
}

Result<Done> belongs_to(const ServiceToken& token, const Peer& peer) {
  if (token.caller != token.work->caller || !peer.is(token.caller) || token.certificate != peer.certificate)
    return fail(Code::unauthenticated, "The service token was made for somebody else's certificate.");
  return Done{};
}

}  // namespace cordon::identity
