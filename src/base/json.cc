#include "base/json.h"

#include <set>

namespace cordon::json {

namespace {

size_t members(const bj::value& value) {
  size_t count = 0;
  if (const auto* object = value.if_object())
    for (const auto& member : *object) count += 1 + members(member.value());
  if (const auto* array = value.if_array())
    for (const auto& item : *array) count += members(item);
  return count;
}

/// Calls `named` for every member's name, still escaped, of JSON that is known to be valid; `nested` at every bracket.
template <class Named, class Nested>
void scan(std::string_view text, Named named, Nested nested) {
  std::string_view last;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      const size_t from = ++i;
      while (text[i] != '"') i += text[i] == '\\' ? 2 : 1;
      last = text.substr(from, i - from);
    } else if (text[i] == ':') {
      named(last);
    } else if (text[i] == '{' || text[i] == '}') {
      nested(text[i] == '{');
    }
  }
}

/// A name that stands twice in one object. Boost.JSON keeps the last, another reader may keep the first.
std::optional<std::string> repeated_name(std::string_view text, const bj::value& value) {
  size_t names = 0;
  scan(text, [&](std::string_view) { ++names; }, [](bool) {});
  if (names == members(value)) return std::nullopt;
  std::vector<std::set<std::string_view>> open;
  std::string found;
  const auto named = [&](std::string_view name) {
    if (!open.back().insert(name).second && found.empty()) found = name;
  };
  scan(text, named, [&](bool opens) {
    if (opens) open.emplace_back();
    else open.pop_back();
  });
  return found;
}

}  // namespace

Result<bj::value> parse(std::string_view text) { return parse(text, {}); }

Result<bj::value> parse(std::string_view text, bj::storage_ptr memory) {
  boost::system::error_code ec;
  bj::parse_options options;
  options.max_depth = 32;
  bj::value value = bj::parse(text, ec, std::move(memory), options);
  if (ec) return fail(Code::malformed, "The body is not valid JSON: " + ec.message() + ".");
  if (auto name = repeated_name(text, value))
    return fail(Code::malformed, "The body gives `" + *name + "` twice.", *name);
  return value;
}

Result<bj::object> parse_object(std::string_view text) {
  auto value = parse(text);
  if (!value) return std::unexpected(value.error());
  if (!value->is_object()) return fail(Code::invalid, "The body must be a JSON object.", "body");
  return std::move(value->get_object());
}

std::string_view text_of(const bj::object& object, std::string_view name) {
  const bj::value* found = object.if_contains(name);
  return found && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
}

const bj::object* object_of(const bj::object& object, std::string_view name) {
  const bj::value* found = object.if_contains(name);
  return found ? found->if_object() : nullptr;
}

void write(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, from, i - from);
    from = i + 1;
    if (c == '"' || c == '\\') (out += '\\') += static_cast<char>(c);
    else if (c == '\n') out += "\\n";
    else ((out += "\\u00") += kHex[c >> 4]) += kHex[c & 15];
  }
  out.append(text, from, text.size() - from);
  out += '"';
}

}  // namespace cordon::json
