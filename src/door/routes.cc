#include "door/routes.h"

#include <boost/json/array.hpp>
#include <set>

#include "base/utf8.h"

namespace cordon::door {

namespace bj = boost::json;

static std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

void Routes::add_row(RouteInfo info, std::function<net::Task<net::Response>(Call&)> run,
                     std::function<void(json::Schemas&, bj::object&)> describe) {
  routes_.push_back({info, service_, split(info.path), std::move(run), std::move(describe)});
}

/// Whether `path` is one of the route's; fills the parameters.
static bool matches(const Route& route, std::string_view path, Call& call) {
  call.path.clear();
  for (const std::string& segment : route.segments) {
    if (!path.starts_with('/')) return false;
    path.remove_prefix(1);
    const bool rest = segment.ends_with("_path}");
    const size_t end = rest ? path.size() : std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(end);
    if (segment.starts_with('{')) call.path.emplace_back(std::string_view(segment).substr(1, segment.size() - 2), part);
    else if (segment != part) return false;
  }
  return path.empty();
}

Result<const Route*> Routes::find(net::Method method, std::string_view path, Call& call) const {
  bool other = false;
  for (const Route& route : routes_) {
    if (!matches(route, path, call)) continue;
    if (route.info.method == method || (method == net::Method::head && route.info.method == net::Method::get))
      return &route;
    other = true;
  }
  call.path.clear();
  if (other) return fail(Code::method_not_allowed, "Use another method for this address.");
  return fail(Code::not_found, "There is nothing at this address.");
}

std::string Routes::methods(std::string_view path) const {
  net::Request nobody;
  Call call{nobody};
  std::string out;
  for (const Route& route : routes_) {
    if (!matches(route, path, call)) continue;
    out += std::string(out.empty() ? "" : ", ") + std::string(to_string(route.info.method));
    if (route.info.method == net::Method::get) out += ", HEAD";
  }
  return out;
}

static Result<std::vector<net::Header>> pairs_of(std::string_view text) {
  auto parsed = net::parse_query(text);
  const auto bad = [](const net::Header& pair) { return first_bad_utf8(pair.first) || first_bad_utf8(pair.second); };
  if (!parsed || std::any_of(parsed->begin(), parsed->end(), bad))
    return fail(Code::malformed, "The fields are not percent-encoded UTF-8.");
  return std::move(*parsed);
}

Result<std::vector<net::Header>> query_of(const Call& call) { return pairs_of(call.request.query); }

static std::string_view media_type(const Call& call) {
  const auto type = call.request.header("content-type");
  return type.substr(0, type.find_first_of("; "));
}

template <>
Result<AnyQuery> bind<AnyQuery>(const Call& call) {
  auto fields = query_of(call);
  if (!fields) return std::unexpected(fields.error());
  return AnyQuery{std::move(*fields)};
}

std::string AnyForm::get(std::string_view name) const {
  for (const net::Header& field : fields)
    if (field.first == name) return field.second;
  return {};
}

template <>
Result<AnyForm> bind<AnyForm>(const Call& call) {
  if (media_type(call) != "application/x-www-form-urlencoded")
    return fail(Code::unsupported_media, "Send `Content-Type: application/x-www-form-urlencoded`.");
  auto fields = pairs_of(call.request.body);
  if (!fields) return std::unexpected(fields.error());
  std::set<std::string_view> names;
  for (const net::Header& field : *fields)
    if (!names.insert(field.first).second) return fail(Code::invalid, "Send each field once.", field.first);
  return AnyForm{std::move(*fields)};
}

Result<bj::object> body_of(const Call& call) {
  if (!call.request.query.empty())
    return fail(Code::invalid, "This request takes no query parameters; use the body.", "query");
  if (call.request.body.empty()) return bj::object();
  if (media_type(call) != "application/json")
    return fail(Code::unsupported_media, "Send `Content-Type: application/json`.");
  return json::parse_object(call.request.body);
}

void describe_input(bj::object schema, const RouteInfo& info, bj::object& operation) {
  bj::array parameters;
  bj::object properties;
  if (auto* p = schema.if_contains("properties")) properties = p->get_object();
  bj::array required;
  if (auto* r = schema.if_contains("required")) required = r->get_array();
  const auto take = [&](std::string name, const char* where) {
    bj::value type = properties[name];
    const bool needed = std::find(required.begin(), required.end(), bj::value(name)) != required.end();
    parameters.push_back(bj::object{{"name", name}, {"in", where}, {"required", needed}, {"schema", type}});
    properties.erase(name);
    required.erase(std::remove(required.begin(), required.end(), bj::value(name)), required.end());
  };
  for (const std::string& segment : split(info.path))
    if (segment.starts_with('{')) take(segment.substr(1, segment.size() - 2), "path");
  if (info.method == net::Method::get || info.method == net::Method::delete_) {
    std::vector<std::string> names;
    for (const auto& p : properties) names.emplace_back(p.key());
    for (const std::string& name : names) take(name, "query");
  } else {
    bj::object body{{"type", "object"}, {"additionalProperties", false}};
    if (!properties.empty()) body["properties"] = properties;
    if (!required.empty()) body["required"] = required;
    operation["requestBody"] = bj::object{{"required", !required.empty()},
                                          {"content", bj::object{{"application/json", bj::object{{"schema", body}}}}}};
  }
  if (!parameters.empty()) operation["parameters"] = parameters;
}

void describe_output(bj::object schema, const RouteInfo& info, bj::object& operation) {
  bj::object ok{{"description", info.summary}};
  if (!schema.empty()) ok["content"] = bj::object{{"application/json", bj::object{{"schema", schema}}}};
  operation["responses"] = bj::object{
      {std::to_string(info.status), ok},
      {"default", bj::object{{"$ref", "#/components/responses/Problem"}}},
  };
}

bool takes_a_person(std::string_view permission) {
  return permission == kSignedIn.name || permission.ends_with(".manage") || permission == "grant.approve" ||
         permission == "grant.revoke";
}

/// What a reader has to know before calling: who may, and what remains of it.
static std::string about(const RouteInfo& info) {
  const std::string name(info.permission.name);
  std::string who = "Needs the permission `" + name + "`";
  if (name == kAnyone.name) who = "Needs no token";
  else if (name == kSignedIn.name) who = "Needs the access token of anybody who is signed in";
  else if (takes_a_person(name)) who += ", which an API token cannot have";
  return std::string(info.summary) + ". " + who + ". Leaves the audit event `" + std::string(info.action.name) + "`.";
}

static bj::array security(const RouteInfo& info) {
  const std::string_view permission = info.permission.name;
  bj::array any_of;
  if (permission == kAnyone.name) return any_of;
  any_of.push_back(bj::object{{"token", bj::array{}}});
  // Visitors and staff have no API tokens.
  if (!takes_a_person(permission) && !permission.starts_with("visit.") && !permission.starts_with("staff.") &&
      permission != "grant.open")
    any_of.push_back(bj::object{{"api_token", bj::array{}}});
  return any_of;
}

static constexpr std::string_view kAbout =
    "An access token belongs to one member of one shop, or to one visitor of it, and PostgreSQL checks it in every "
    "statement: another "
    "shop's data answers 404, as if it were not there. `x-permission` names what a role must include, `x-audit-action` "
    "the event that "
    "each request leaves. Listings go on with `cursor`; errors are problem documents (RFC 9457).";

bj::object Routes::openapi() const {
  json::Schemas all;
  bj::object paths;
  std::set<std::string_view> tags;
  for (const Route& route : routes_) {
    bj::object operation{{"operationId", route.info.name}, {"summary", route.info.summary}};
    // What an audit action is about ("conversation" of "conversation.list") is also what its route belongs to.
    const std::string_view tag = route.info.action.name.substr(0, route.info.action.name.find('.'));
    tags.insert(tag);
    operation["tags"] = bj::array{tag};
    operation["description"] = about(route.info);
    operation["security"] = security(route.info);
    operation["x-permission"] = route.info.permission.name;
    operation["x-audit-action"] = route.info.action.name;
    route.describe(all, operation);
    const std::string method = lower_case(to_string(route.info.method));
    if (!paths.contains(route.info.path)) paths[route.info.path] = bj::object();
    paths[route.info.path].get_object()[method] = std::move(operation);
  }
  all.named["Problem"] =
      bj::object{{"type", "object"},
                 {"description", "RFC 9457: what went wrong, which field, and the cure."},
                 {"required", bj::array{"type", "title", "status", "code", "detail", "request_id"}},
                 {"properties", bj::object{{"type", bj::object{{"type", "string"}}},
                                           {"title", bj::object{{"type", "string"}}},
                                           {"status", bj::object{{"type", "integer"}}},
                                           {"code", bj::object{{"type", "string"}}},
                                           {"detail", bj::object{{"type", "string"}}},
                                           {"field", bj::object{{"type", "string"}}},
                                           {"request_id", bj::object{{"type", "string"}, {"format", "uuid"}}}}}};
  bj::object problem{
      {"description", "An error, as a problem document."},
      {"content", bj::object{{"application/problem+json",
                              bj::object{{"schema", bj::object{{"$ref", "#/components/schemas/Problem"}}}}}}}};
  bj::array named_tags;
  for (const std::string_view tag : tags) named_tags.push_back(bj::object{{"name", tag}});
  return bj::object{
      {"openapi", "3.1.0"},
      {"info", bj::object{{"title", "Cordon"},
                          {"version", CORDON_VERSION},
                          {"summary", "The server behind a shopping assistant that many shops share."},
                          {"description", kAbout},
                          {"license", bj::object{{"name", "Proprietary"}, {"identifier", "LicenseRef-Proprietary"}}}}},
      {"servers", bj::array{bj::object{{"url", "/"}}}},
      {"tags", named_tags},
      {"paths", paths},
      {"components",
       bj::object{
           {"schemas", all.named},
           {"responses", bj::object{{"Problem", problem}}},
           {"securitySchemes",
            bj::object{{"token", bj::object{{"type", "http"},
                                            {"scheme", "bearer"},
                                            {"bearerFormat", "JWT"},
                                            {"description", "A member's or visitor's access token, minutes long."}}},
                       {"api_token", bj::object{{"type", "http"},
                                                {"scheme", "bearer"},
                                                {"bearerFormat", "cordon_..."},
                                                {"description", "A shop's API token: `POST /v1/api-tokens`."}}}}}}}};
}

}  // namespace cordon::door
