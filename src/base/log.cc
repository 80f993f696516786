#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "base/time.h"

namespace cordon::log {

namespace {

spdlog::logger& logger() {
  static auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("cordon", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

bool token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

void write(spdlog::level::level_enum level, std::string_view name, std::string_view what,
           std::initializer_list<Field> fields) {
  if (!logger().should_log(level)) return;
  std::string line = "{\"time\":\"" + to_string(now()) + "\",\"level\":\"" + std::string(name) +
                     "\",\"what\":" + boost::json::serialize(boost::json::string_view(mask(what)));
  for (const Field& field : fields) {
    line += ",\"" + std::string(field.name) + "\":";
    line += field.number ? field.value : boost::json::serialize(boost::json::string_view(mask(field.value)));
  }
  logger().log(level, "{}}}", line);
}

}  // namespace

std::string mask(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && token_char(text[end])) ++end;
    if (end - i >= 40) out += "[masked]";
    else out += text.substr(i, end - i);
    if (end < text.size()) out += text[end];
    i = end + 1;
  }
  return out;
}

void debug(std::string_view what, std::initializer_list<Field> fields) {
  write(spdlog::level::debug, "debug", what, fields);
}
void info(std::string_view what, std::initializer_list<Field> fields) {
  write(spdlog::level::info, "info", what, fields);
}
void warn(std::string_view what, std::initializer_list<Field> fields) {
  write(spdlog::level::warn, "warn", what, fields);
}
void error(std::string_view what, std::initializer_list<Field> fields) {
  write(spdlog::level::err, "error", what, fields);
}
void set_level(std::string_view level) {
  logger().set_level(spdlog::level::from_str(level == "error" ? "err" : std::string(level)));
}

}  // namespace cordon::log
