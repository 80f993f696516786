// Structured logging: one JSON object a line on standard error, with fields rather than sentences to search for.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

namespace cordon::log {

/// One named value of a log line. Values that look like secrets (see mask) are masked before they are written.
struct Field {
  Field(std::string_view name, std::string_view value) : name(name), value(value) {}
  Field(std::string_view name, const char* value) : name(name), value(value) {}
  Field(std::string_view name, long long value) : name(name), value(std::to_string(value)), number(true) {}
  std::string_view name;
  std::string value;
  bool number = false;
};

void debug(std::string_view what, std::initializer_list<Field> fields = {});
void info(std::string_view what, std::initializer_list<Field> fields = {});
void warn(std::string_view what, std::initializer_list<Field> fields = {});
void error(std::string_view what, std::initializer_list<Field> fields = {});

/// Sets the lowest level written: "debug", "info", "warn", "error" or "off".
void set_level(std::string_view level);

/// `text` with everything that could be a seal, token, ticket or link replaced: runs of 40 or more characters of
/// hexadecimal or base64url (dots included, so whole JWTs too) become "[masked]".
std::string mask(std::string_view text);

}  // namespace cordon::log
