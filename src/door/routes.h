// Routes: declared once with method, path, permission, audit action, rate class and types. The same row serves the
// request, checks who may, names the audit event, and prints the OpenAPI document.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/schema.h"
#include "door/audit_action.h"
#include "door/scope.h"
#include "door/service.h"
#include "net/http.h"

namespace cordon::door {

// One type for each part of a declaration and no default: a route without one of them does not compile.
struct Permission {
  explicit constexpr Permission(std::string_view name) : name(name) {}
  std::string_view name;
};
/// For what must answer before anybody has signed in.
inline constexpr Permission kAnyone{"anyone"};
/// For what every holder of a live seal may do.
inline constexpr Permission kSignedIn{"signed-in"};

/// Whether only somebody who is signed in may have this permission, and no API token: whoever finds a lost one could
/// otherwise outlast its end, or shut its owner out. (db/migrations/0010_access.sql says the same.)
bool takes_a_person(std::string_view permission);

/// Where PostgreSQL checks the seal of a request.
enum class Asks {
  in_statements,  ///< the handler's own statements do, on the tenant's tables
  first,          ///< the gateway asks before the handler runs: the handler touches no tenant table
};

/// How often one caller may: see app/gateway.cc for the numbers.
enum class Rate { read, write, sign_in, visit, relay };

struct RouteInfo {
  net::Method method;
  std::string_view path;  ///< "/v1/conversations/{conversation_id}"; what ends in `_path}` takes slashes too
  Permission permission;
  AuditAction action;
  Rate rate;
  std::string_view name;  ///< operationId
  std::string_view summary;
  int status = 200;
  Asks asks = Asks::in_statements;  ///< a route for whoever is signed in asks first in any case
};

/// What a running route has in hand.
struct Call {
  net::Request& request;
  Scope* scope = nullptr;  ///< null on a route for anyone
  std::vector<std::pair<std::string_view, std::string_view>> path;
  int64_t rows = 0;                    ///< rows sent out, for the audit event
  std::vector<Ran> ran;                ///< what ran for it in scopes of the handler's own, for the audit event
  std::shared_ptr<const Pass> proved;  ///< whom a route for anyone turned out to be talking to, for the audit event
  /// What the handler changed has committed with its audit event, though neither in the scope nor by configure().
  bool recorded = false;
};

struct Route {
  RouteInfo info;
  std::optional<Service> service;  ///< that answers it; none: each does
  std::vector<std::string> segments;
  std::function<net::Task<net::Response>(Call&)> run;
  std::function<void(json::Schemas&, boost::json::object& operation)> describe;
};

/// One field of a request out of the text of a path or a query.
template <class T>
Result<Done> read_text(std::string_view text, const std::string& field, T& out) {
  if constexpr (json::is_optional<T>) {
    return read_text(text, field, out.emplace());
  } else {
    boost::json::value value;
    if constexpr (requires { out.value + int64_t(1); }) {
      int64_t number = 0;
      auto end = std::from_chars(text.data(), text.data() + text.size(), number);
      if (end.ec == std::errc() && end.ptr == text.data() + text.size() && !text.empty()) value = number;
    } else {
      value = boost::json::string(text);
    }
    return json::read(value, field, out);
  }
}

/// The input of a route whose query somebody else wrote and signed: it is taken as it is, and judged by its signature.
struct AnyQuery {
  std::vector<net::Header> fields;  ///< decoded
};
BOOST_DESCRIBE_STRUCT(AnyQuery, (), ())

/// Fills `In` from the path, then from the query (GET, DELETE) or the JSON body. Anything unknown is an error.
template <class In>
Result<In> bind(const Call& call);
template <>
Result<AnyQuery> bind<AnyQuery>(const Call& call);

/// The input of a route that OAuth defines: the fields of a form (application/x-www-form-urlencoded), decoded.
struct AnyForm {
  std::vector<net::Header> fields;
  /// The field's value, empty if it is missing.
  std::string get(std::string_view name) const;
};
BOOST_DESCRIBE_STRUCT(AnyForm, (), ())
/// Code::invalid for a field that is given twice.
template <>
Result<AnyForm> bind<AnyForm>(const Call& call);

class Routes {
 public:
  /// What is added from here on is `service`'s, or every service's.
  void of(std::optional<Service> service) { service_ = service; }
  template <class In, class Out, class F>
  void add(RouteInfo info, F handler);
  /// A route that makes its own response (cookies, sockets); `Out` is only described, as the JSON it sends.
  template <class In, class Out, class F>
  void add_json(RouteInfo info, F handler);
  /// A route whose answer is no JSON type.
  template <class In, class F>
  void add_raw(RouteInfo info, F handler);

  /// The route for a path, its parameters into `call`. Code::not_found, Code::method_not_allowed.
  Result<const Route*> find(net::Method method, std::string_view path, Call& call) const;
  /// The methods that `path` takes, as in an Allow field; empty if it is nobody's.
  std::string methods(std::string_view path) const;
  const std::vector<Route>& all() const { return routes_; }
  /// OpenAPI 3.1 document of every route.
  boost::json::object openapi() const;

 private:
  void add_row(RouteInfo info, std::function<net::Task<net::Response>(Call&)> run,
               std::function<void(json::Schemas&, boost::json::object&)> describe);
  std::vector<Route> routes_;
  std::optional<Service> service_ = Service::api;
};

/// Parameters and body of a request type, for the document.
void describe_input(boost::json::object schema, const RouteInfo& info, boost::json::object& operation);
void describe_output(boost::json::object schema, const RouteInfo& info, boost::json::object& operation);
Result<std::vector<net::Header>> query_of(const Call& call);
/// The JSON object that is the body, empty if there is none.
Result<boost::json::object> body_of(const Call& call);

template <class T>
int64_t rows_of(const T&) {
  return 1;
}
template <class T>
int64_t rows_of(const Page<T>& page) {
  return static_cast<int64_t>(page.items.size());
}

// Templates
// -----------------------------------------------------------------------------------------------------------------

template <class In>
Result<In> bind(const Call& call) {
  In in;
  std::vector<net::Header> query;
  boost::json::object body;
  const bool in_query = call.request.method == net::Method::get || call.request.method == net::Method::delete_;
  if (in_query) {
    auto parsed = query_of(call);
    if (!parsed) return std::unexpected(parsed.error());
    query = std::move(*parsed);
  } else {
    auto parsed = body_of(call);
    if (!parsed) return std::unexpected(parsed.error());
    body = std::move(*parsed);
  }
  Result<Done> result = Done{};
  size_t used = 0;
  boost::mp11::mp_for_each<json::Members<In>>([&](auto d) {
    if (!result) return;
    using Field = std::remove_reference_t<decltype(in.*d.pointer)>;
    for (const auto& [name, value] : call.path)
      if (name == d.name) {
        result = read_text(value, d.name, in.*d.pointer);
        // An id that is none cannot name anything here.
        if (!result) result = fail(Code::not_found, "There is nothing at this address.");
        return;
      }
    if (in_query) {
      for (const auto& [name, value] : query)
        if (name == d.name) {
          ++used;
          result = read_text(value, d.name, in.*d.pointer);
          return;
        }
    } else if (const auto* value = body.if_contains(d.name)) {
      ++used;
      result = json::read(*value, d.name, in.*d.pointer);
      return;
    }
    if (!json::is_optional<Field>) result = fail(Code::invalid, "`" + std::string(d.name) + "` is missing.", d.name);
  });
  if (!result) return std::unexpected(result.error());
  const auto known = [&](std::string_view key) {
    bool found = false;
    boost::mp11::mp_for_each<json::Members<In>>([&](auto d) { found = found || key == d.name; });
    for (const auto& p : call.path) found = found && p.first != key;
    return found;
  };
  const auto unknown = [](std::string name) {
    return fail(Code::invalid, "`" + name + "` is not a field of this request.", name);
  };
  for (const auto& q : query)
    if (!known(q.first) || std::count_if(query.begin(), query.end(), [&](auto& o) { return o.first == q.first; }) > 1)
      return unknown(q.first);
  if (used != body.size())
    for (const auto& entry : body)
      if (!known(entry.key())) return unknown(std::string(entry.key()));
  return in;
}

template <class In, class Out, class F>
void Routes::add(RouteInfo info, F handler) {
  auto run = [info, handler = std::move(handler)](Call& call) -> net::Task<net::Response> {
    auto in = bind<In>(call);
    if (!in) co_return net::problem(in.error(), call.request.id);
    Result<Out> out = co_await handler(call, std::move(*in));
    if (!out) co_return net::problem(out.error(), call.request.id);
    call.rows = rows_of(*out);
    net::Response response;
    response.status = info.status;
    json::write(response.body, *out);
    co_return response;
  };
  add_row(info, std::move(run), [info](json::Schemas& all, boost::json::object& operation) {
    describe_input(json::Schema<In>::body(all, json::Direction::in), info, operation);
    describe_output(json::schema<Out>(all, json::Direction::out), info, operation);
  });
}

/// Binds the input and passes the handler's own response on.
template <class In, class F>
auto raw_runner(F handler) {
  return [handler = std::move(handler)](Call& call) -> net::Task<net::Response> {
    auto in = bind<In>(call);
    if (!in) co_return net::problem(in.error(), call.request.id);
    Result<net::Response> out = co_await handler(call, std::move(*in));
    if (!out) co_return net::problem(out.error(), call.request.id);
    co_return std::move(*out);
  };
}

template <class In, class Out, class F>
void Routes::add_json(RouteInfo info, F handler) {
  add_row(info, raw_runner<In>(std::move(handler)), [info](json::Schemas& all, boost::json::object& operation) {
    describe_input(json::Schema<In>::body(all, json::Direction::in), info, operation);
    describe_output(json::schema<Out>(all, json::Direction::out), info, operation);
  });
}

template <class In, class F>
void Routes::add_raw(RouteInfo info, F handler) {
  add_row(info, raw_runner<In>(std::move(handler)), [info](json::Schemas& all, boost::json::object& operation) {
    describe_input(json::Schema<In>::body(all, json::Direction::in), info, operation);
    describe_output({}, info, operation);
  });
}

}  // namespace cordon::door
