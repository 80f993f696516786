#include "net/http.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace cordon::net {

std::string_view to_string(Method method) {
  static constexpr std::string_view kNames[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "?"};
  return kNames[static_cast<size_t>(method)];
}

static bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return (x | 32) == (y | 32); });
}

std::string_view Request::header(std::string_view name) const {
  const Header* found = nullptr;
  for (const Header& h : headers) {
    if (!same_name(h.first, name)) continue;
    if (found) return {};
    found = &h;
  }
  return found ? std::string_view(found->second) : std::string_view();
}

std::string_view Request::cookie(std::string_view name) const {
  std::string_view rest = header("cookie");
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
  }
  return {};
}

static std::optional<std::string> percent_decode(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') out += ' ';
    else if (text[i] != '%') out += text[i];
    else {
      if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
      out += static_cast<char>(digit(text[i + 1]) << 4 | digit(text[i + 2]));
      i += 2;
    }
  }
  return out;
}

std::optional<std::vector<Header>> parse_query(std::string_view query) {
  std::vector<Header> out;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const size_t eq = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, eq));
    auto value = percent_decode(eq < pair.size() ? pair.substr(eq + 1) : std::string_view());
    if (!name || !value) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

/// The application/x-www-form-urlencoded percent-encode set of the URL standard, which leaves these alone.
static void append_encoded(std::string& out, std::string_view text) {
  static constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._";
  for (char c : text) {
    if (kPlain.find(c) != std::string_view::npos) out += c;
    else fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
  }
}

std::string write_query(const std::vector<Header>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    append_encoded(out, name);
    out += '=';
    append_encoded(out, value);
  }
  return out;
}

Response problem(const Error& error, const RequestId& request) {
  const CodeInfo& row = info(error.code);
  boost::json::object body{{"type", "about:blank"},
                           {"title", row.title},
                           {"status", row.status},
                           {"code", row.name},
                           {"detail", error.detail}};
  if (!error.field.empty()) body["field"] = error.field;
  body["request_id"] = to_string(request);
  Response response;
  response.status = row.status;
  response.content_type = "application/problem+json";
  response.body = boost::json::serialize(body);
  const int wait = error.retry_after > 0 ? error.retry_after : error.code == Code::stopped ? 30 : 1;
  if (row.status == 503 || row.status == 429) response.headers.emplace_back("Retry-After", std::to_string(wait));
  if (row.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

std::string code_of(const Response& response) {
  const size_t at = response.status >= 400 ? response.body.find("\"code\":\"") : std::string::npos;
  if (at == std::string::npos) return {};
  const size_t end = response.body.find('"', at + 8);
  return response.body.substr(at + 8, end - at - 8);
}

}  // namespace cordon::net
