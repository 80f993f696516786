#include "attack/http_judge.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <regex>
#include <sstream>

#include "attack/tokens.h"
#include "commerce/customer_store.h"
#include "identity/identity.h"
#include "support/closing.h"
#include "support/sample.h"

namespace cordon::attack {

namespace bj = boost::json;

namespace {

std::string plant_file() {
  std::ifstream in(std::filesystem::path(CORDON_SOURCE_DIR) / "tests" / "attack" / "plant.sql");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The head of a request as its file has it, on the wire: "\n" and "\r", written out, are bare ones.
std::string on_the_wire(const std::string& head) {
  std::string out;
  for (size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\n') out += "\r\n";
    else if (head.compare(i, 2, "\\n") == 0) out += '\n', ++i;
    else if (head.compare(i, 2, "\\r") == 0) out += '\r', ++i;
    else out += head[i];
  }
  return out;
}

/// Completes a request as its file has it: Host, Connection, and Content-Length where a body stands and no framing is
/// tried.
std::string complete(const std::string& text, uint16_t port) {
  const size_t gap = std::min(text.find("\n\n"), text.size());
  std::string head = text.substr(0, gap) + "\n", body = gap + 2 < text.size() ? text.substr(gap + 2) : "";
  const auto has = [&](const char* name) { return head.find(std::string("\n") + name + ":") != std::string::npos; };
  if (!has("Host")) head += "Host: 127.0.0.1:" + std::to_string(port) + "\n";
  if (!has("Connection")) head += "Connection: close\n";
  if (!body.empty() && !has("Content-Type")) head += "Content-Type: application/json\n";
  if (!body.empty() && !has("Content-Length") && !has("Transfer-Encoding"))
    head += "Content-Length: " + std::to_string(body.size()) + "\n";
  return on_the_wire(head) + "\r\n" + body;
}

bool whole(const std::string& text) {
  const size_t gap = text.find("\r\n\r\n"), length = text.find("Content-Length: ");
  return gap != std::string::npos && (length > gap || text.size() >= gap + 4 + std::stoul(text.substr(length + 16)));
}

/// What differs from request to request and tells nothing: ids of requests, times, secrets made on the way.
std::string without_noise(std::string text) {
  static const std::regex kIds("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
      kDates("\nDate: [^\r]*"), kTimes("20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"),
      kSecrets("[A-Za-z0-9_-]{40,}(\\.[A-Za-z0-9_-]+)*");
  text = std::regex_replace(text, kDates, "");
  text = std::regex_replace(text, kIds, "<id>");
  text = std::regex_replace(text, kTimes, "<time>");
  return std::regex_replace(text, kSecrets, "<secret>");
}

/// What shows that a request was answered as A's; A's own ids have become their names again.
constexpr std::string_view kOwn[] = {kMine, ":a_tenant", ":a_order_number"};

/// What of B's a field names, by the field's name; empty where it names nothing.
std::string of_b(std::string_view field) {
  static const std::map<std::string_view, std::string> kNames{
      {"conversation_id", ":b_conversation"},
      {"customer_id", ":b_customer"},
      {"customer_external_id", ":b_external_id"},
      {"destruction_id", ":b_destruction"},
      {"event_id", ":b_event"},
      {"external_id", ":b_order_number-1"},
      {"grant_id", ":b_grant"},
      {"query", ":b_email"},
      {"session_id", ":b_session"},
      {"shop_id", ":b_tenant"},
      {"staff_id", ":b_subject"},
      {"subject_id", ":b_subject"},
      {"token_id", ":b_api_token"},
  };
  const auto found = kNames.find(field);
  return found == kNames.end() ? std::string() : found->second;
}

/// A body that the route takes, with B's names wherever one fits.
bj::object body_naming_b(const bj::object& schema) {
  bj::object body;
  const bj::value needed = schema.contains("required") ? schema.at("required") : bj::array();
  if (const auto* properties = schema.if_contains("properties"))
    for (const auto& property : properties->as_object()) {
      const std::string_view field = property.key();
      if (const std::string name = of_b(field); !name.empty()) body[field] = name;
      else if (field == "currency") body[field] = "EUR";  // the planted shops'
      else if (std::count(needed.get_array().begin(), needed.get_array().end(), bj::value(field)))
        body[field] = testing::valid(property.value().as_object());
    }
  return body;
}

/// The attempt that names B in every field of a route; none for a route that takes no name.
std::optional<Attempt> route_attempt(std::string method, std::string target, const bj::object& described) {
  std::transform(method.begin(), method.end(), method.begin(),
                 [](char c) { return static_cast<char>(std::toupper(c)); });
  Attempt attempt;
  attempt.name = "http/route " + std::string(described.at("operationId").as_string());
  attempt.topic = "route";
  attempt.actors = {"owner", "agent", "analyst", "visitor"};
  attempt.tries = "Names B's ids wherever `" + method + " " + target + "` takes one.";
  std::string query, body;
  if (const auto* parameters = described.if_contains("parameters"))
    for (const auto& p : parameters->as_array()) {
      const std::string name(p.at("name").as_string()), value = of_b(name);
      if (p.at("in").as_string() == "path") target.replace(target.find("{" + name + "}"), name.size() + 2, value);
      else if (!value.empty()) query += (query.empty() ? "?" : "&") + name + "=" + value;
    }
  if (const auto* request = described.if_contains("requestBody"))
    if (const auto made = body_naming_b(request->at("content").at("application/json").at("schema").as_object());
        !made.empty())
      body = bj::serialize(made);
  const std::string text = method + " " + target + query + " HTTP/1.1\nAuthorization: Bearer :token\n\n" + body;
  if (text.find(":b_") == std::string::npos) return std::nullopt;
  attempt.steps.push_back({text, {}, {}, {}});
  return attempt;
}

}  // namespace

HttpJudge::HttpJudge(testing::World& world)
    : world_(world), mine_(world.add_shop()), theirs_(world.add_shop()), admin_(world.database().admin_conninfo()) {
  for (const auto& [who, shop] : {std::pair('a', &mine_), std::pair('b', &theirs_)}) {
    Names v = values_of(who);
    v[":tenant"] = to_string(shop->tenant);
    admin_.run("DELETE FROM commerce.merchant WHERE tenant_id = '" + v[":tenant"] + "'");
    admin_.run(replace(plant_file(), v));
    world_.run([&](identity::Backend& backend) { return testing::close_rows(backend, shop->tenant); });
  }
  plant_theirs();
  // The key that closes B's audit events is made for the first of them: here, not while something is tried.
  prove_theirs();
}

void HttpJudge::plant_theirs() {
  Names v = values_of('b');
  const Uuid session = *parse_uuid(v[":session"]);
  v[":tenant"] = to_string(theirs_.tenant);
  v[":owner"] = to_string(theirs_.owner);
  v[":agent"] = world_.closed(identity::kSessionAgent, theirs_.tenant, session, "CANARY/1.0");
  v[":address"] = world_.closed(identity::kSessionAddress, theirs_.tenant, session, "192.0.2.1");
  admin_.run(
      replace("INSERT INTO identity.session (session_id, tenant_id, subject_id, means, agent, address, "
              "expires_at) VALUES (':session', ':tenant', ':owner', 'link', :agent, :address, ':job_time');"
              "INSERT INTO keys.destruction (destruction_id, tenant_id, why, legal, asked_by, due_at) VALUES "
              "(':destruction', ':tenant', ':mark-because-they-leave', false, ':mark-staff', ':job_time')",
              v));
  // Blind indices are under each shop's own key. B's customer has those that A's key makes, as if that were no barrier:
  // what is looked for is there, and the door alone keeps it.
  v[":by_number"] = world_.index(commerce::kExternalId, mine_.tenant, v[":external_id"]);
  v[":by_email"] = world_.index(commerce::kEmail, mine_.tenant, v[":email"]);
  admin_.run(
      replace("UPDATE commerce.customer SET external_index = :by_number, email_index = :by_email WHERE "
              "tenant_id = ':tenant' AND customer_id = ':customer'",
              v));
}

void HttpJudge::prove_theirs() {
  const std::string owner = world_.token(*world_.sign_in(theirs_, "owner"));
  for (const char* path : {"/v1/conversations/:b_conversation/messages", "/v1/customers/:b_customer", "/v1/policies",
                           "/v1/shop/sessions"}) {
    const Reply reply = get(replace(path, names({}, 'b')), owner);
    if (reply.status != 200 || reply.text.find(kCanary) == std::string::npos)
      throw std::runtime_error(std::string("B's owner sees nothing at ") + path + ": " + reply.text);
  }
}

void HttpJudge::add_access(Names& tokens) {
  const std::string owner = world_.token(*world_.sign_in(mine_, "owner"));
  for (const std::string name : {":api_token", ":api_token_revoked"}) {
    const bj::value made = bj::parse(world_
                                         .call(net::Method::post, "/v1/api-tokens", owner,
                                               R"({"name":"attack","days":1,"scopes":["order.read","audit.append"]})")
                                         .body);
    tokens[name] = std::string(made.at("secret").as_string());
    tokens[name + "_id"] = std::string(made.at("token_id").as_string());
  }
  world_.call(net::Method::delete_, "/v1/api-tokens/" + tokens[":api_token_revoked_id"], owner);
  const std::string staff = world_.token(*world_.sign_in_staff("support"));
  const bj::value grant =
      bj::parse(world_
                    .call(net::Method::post, "/v1/staff/grants", staff,
                          R"({"shop":")" + mine_.name +
                              R"(","reason":"The attack corpus tries what it may.","ticket":"T","minutes":60})")
                    .body);
  tokens[":staff_token"] = staff;
  tokens[":support_token"] = std::string(
      bj::parse(world_
                    .call(net::Method::post,
                          "/v1/staff/grants/" + std::string(grant.at("grant_id").as_string()) + "/enter", staff)
                    .body)
          .at("access_token")
          .as_string());
}

Names HttpJudge::make_tokens(const std::string& role) {
  const auto pass = world_.sign_in(mine_, role), second = world_.sign_in(mine_, role);
  Names made = tokens_of(world_, *pass, theirs_, world_.token(*second));
  add_access(made);
  made[":visitor_token"] = world_.token(*world_.sign_in(mine_, "visitor"));
  for (const auto& [token, path] :
       {std::pair(":visitor_token", "/v1/storefront/policies"), std::pair(":api_token", "/v1/orders"),
        std::pair(":support_token", "/v1/policies"), std::pair(":staff_token", "/v1/staff/grants")})
    if (const Reply reply = get(path, made[token]); reply.status != 200)
      throw std::runtime_error(std::string(token) + " opens nothing at " + path + ": " + reply.text);
  return made;
}

const Names& HttpJudge::tokens(const std::string& role) {
  Held& held = held_[role];
  const std::string own = role == "visitor" ? "/v1/storefront/policies" : "/v1/policies";
  const auto now = std::chrono::steady_clock::now();
  // They live five minutes; an attempt takes seconds.
  const bool old = held.tokens.empty() || now - held.made > std::chrono::minutes(2);
  if (!old && get(own, held.tokens[":token"]).status == 200) return held.tokens;
  held = {make_tokens(role), now};
  if (const Reply reply = get(own, held.tokens[":token"]); reply.status != 200)
    throw std::runtime_error("a fresh token of " + role + " opens nothing: " + reply.text);
  return held.tokens;
}

HttpJudge::Reply HttpJudge::get(const std::string& path, const std::string& token) {
  return send(complete("GET " + path + " HTTP/1.1\nAuthorization: Bearer " + token, world_.process().port()));
}

Names HttpJudge::names(const Names& tokens, char other) {
  Names out = tokens;
  for (const auto& [name, value] : values_of('a')) out[":a_" + name.substr(1)] = value;
  for (const auto& [name, value] : values_of(other)) out[":b_" + name.substr(1)] = value;
  out[":a_tenant"] = to_string(mine_.tenant);
  out[":a_shop"] = mine_.name;
  if (other != 'b') return out;
  out[":b_tenant"] = to_string(theirs_.tenant);
  out[":b_shop"] = theirs_.name;
  out[":b_subject"] = to_string(theirs_.owner);
  return out;
}

HttpJudge::Reply HttpJudge::send(const std::string& request) {
  Reply reply;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval patience{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(world_.process().port());
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  static SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context), SSL_free);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && SSL_set_fd(tls.get(), fd) == 1 &&
      SSL_connect(tls.get()) == 1) {
    SSL_write(tls.get(), request.data(), static_cast<int>(request.size()));
    std::array<char, 16384> buffer;
    for (int n; (n = SSL_read(tls.get(), buffer.data(), buffer.size())) > 0;) {
      reply.text.append(buffer.data(), static_cast<size_t>(n));
      // A whole answer is here; what a smuggled request brings would follow at once.
      if (whole(reply.text)) {
        patience = {0, 50'000};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      }
    }
  }
  ::close(fd);
  if (reply.text.starts_with("HTTP/1.1 ")) reply.status = std::atoi(reply.text.c_str() + 9);
  return reply;
}

std::string HttpJudge::play(const Attempt& attempt, Names names, std::set<std::string>& stopped_by) {
  std::string out;
  for (const Step& step : attempt.steps) {
    const Reply reply = send(complete(replace(step.text, names), world_.process().port()));
    out += "step " + std::to_string(reply.status) + "\n" + restore(reply.text, names) + "\n";
    const size_t code = reply.text.find("\"code\":\"");
    if (reply.status >= 400 && code != std::string::npos)
      stopped_by.insert(std::to_string(reply.status) + " " +
                        reply.text.substr(code + 8, reply.text.find('"', code + 8) - code - 8));
    else
      stopped_by.insert(reply.status ? std::to_string(reply.status) + (reply.status < 300 ? ", A's own rows only" : "")
                                     : "connection closed");
    if (const size_t equals = step.save.find(" = "); equals != std::string::npos) {
      const std::string field = "\"" + step.save.substr(equals + 3) + "\":\"";
      const size_t at = reply.text.find(field);
      if (at == std::string::npos)
        throw std::runtime_error(attempt.name + ": no " + field + " in " + reply.text.substr(0, 300));
      names[":" + step.save.substr(0, equals)] =
          reply.text.substr(at + field.size(), reply.text.find('"', at + field.size()) - at - field.size());
    }
  }
  return out;
}

std::string HttpJudge::others(const Attempt& attempt) {
  return others_of(admin_, to_string(mine_.tenant), attempt.allowed.empty());
}

Verdict HttpJudge::judge(const Attempt& attempt) {
  Verdict verdict{&attempt, {}, {}};
  for (const std::string& role : attempt.actors) {
    const auto leak = [&](const char* rule, const std::string& detail) {
      verdict.leaks.push_back({attempt.name, role, rule, detail});
    };
    const Names& held = tokens(role);
    const Names real = names(held, 'b'), unreal = names(held, 'x');
    const std::string before = others(attempt);
    const std::string there = play(attempt, real, verdict.stopped_by);
    if (others(attempt) != before) leak("a write to B", "rows that are not A's have changed");
    std::set<std::string> ignored;
    const std::string nowhere = play(attempt, unreal, ignored);
    const auto look_for = [&](std::string_view mark, const char* rule) {
      if (const size_t at = there.find(mark); at != std::string::npos)
        leak(rule, there.substr(at > 80 ? at - 80 : 0, 200));
    };
    look_for(kCanary, "a byte of B");
    if (attempt.opens_nothing)
      for (const std::string_view mark : kOwn) look_for(mark, "a token that should not open");
    if (attempt.opens_own && there.find(kMine) == std::string::npos)
      throw std::runtime_error(attempt.name + " brings " + role + " nothing of A's own: refusals prove nothing");
    if (attempt.volatile_why.empty())
      if (const auto difference = first_difference(without_noise(there), without_noise(nowhere)); !difference.empty())
        leak("an oracle", difference);
    if (there.find("step 500") != std::string::npos) leak("a fault of the server's", there.substr(0, 300));
  }
  return verdict;
}

std::vector<Attempt> HttpJudge::every_route() {
  const std::string text = send(complete("GET /v1/openapi.json HTTP/1.1", world_.process().port())).text;
  const bj::value document = bj::parse(text.substr(text.find("\r\n\r\n") + 4));
  std::vector<Attempt> attempts;
  for (const auto& path : document.at("paths").as_object()) {
    // No app is set up here: these would stop at that, whatever they name.
    if (path.key().starts_with("/v1/shopify/")) continue;
    for (const auto& operation : path.value().as_object())
      if (auto attempt = route_attempt(operation.key(), path.key(), operation.value().as_object()))
        attempts.push_back(std::move(*attempt));
  }
  return attempts;
}

}  // namespace cordon::attack
