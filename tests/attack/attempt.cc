#include "attack/attempt.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace cordon::attack {

namespace fs = std::filesystem;

std::string replace(std::string_view text, const Names& names) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const bool after_colon = at > 0 && text[at - 1] == ':';
    if (text[at] != ':' || after_colon) {
      out += text[at++];
      continue;
    }
    size_t end = at + 1;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_')) ++end;
    const auto found = names.find(std::string(text.substr(at, end - at)));
    out += found != names.end() ? found->second : std::string(text.substr(at, end - at));
    at = end;
  }
  return out;
}

std::string restore(std::string text, const Names& names) {
  for (const auto& [name, value] : names) {
    if (value.size() < 8) continue;
    for (size_t at = 0; (at = text.find(value, at)) != std::string::npos; at += name.size())
      text.replace(at, value.size(), name);
  }
  return text;
}

namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// Reads "-- key: value" lines at the top into `attempt`; true if `line` was one.
bool header(Attempt& attempt, std::string_view line, std::string_view comment) {
  if (!line.starts_with(comment)) return false;
  line.remove_prefix(comment.size());
  const size_t colon = line.find(": ");
  const std::string key(line.substr(0, colon));
  const std::string value(colon == std::string_view::npos ? "" : line.substr(colon + 2));
  if (key == "as") attempt.actors = words(value);
  else if (key == "allowed") attempt.allowed = value;
  else if (key == "volatile") attempt.volatile_why = value;
  else if (key == "timeout") attempt.timeout = value;
  else if (key == "opens nothing") attempt.opens_nothing = true;
  else if (key == "opens own") attempt.opens_own = true;
  else return false;
  return true;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Attempt begin(const fs::path& path, const std::vector<std::string>& lines, std::string_view comment) {
  Attempt attempt;
  attempt.name = (path.parent_path().filename() / path.filename()).string();
  attempt.topic = path.stem().string().substr(0, path.stem().string().find('-'));
  if (lines.empty() || !lines[0].starts_with(comment) || lines[0].size() < comment.size() + 10)
    throw std::runtime_error(attempt.name + ": the first line has to say what the attempt tries");
  attempt.tries = lines[0].substr(comment.size());
  return attempt;
}

/// A message ends at a line that ends in ';', outside $$ quotes; several statements on one line are one message.
void add_sql(Attempt& attempt, const std::vector<std::string>& lines) {
  Step step;
  bool quoted = false;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (step.text.empty() && header(attempt, line, "-- ")) continue;
    if (line.starts_with("-- meanwhile: ")) {
      step.meanwhile += line.substr(14) + "\n";
      continue;
    }
    if (line.empty() && !quoted) continue;
    for (size_t at = 0; (at = line.find("$$", at)) != std::string::npos; at += 2) quoted = !quoted;
    step.text += line + "\n";
    if (quoted || !line.ends_with(';')) continue;
    if (step.text.find("FROM STDIN") != std::string::npos)
      while (++i < lines.size() && lines[i] != "\\.") step.copy_data += lines[i] + "\n";
    attempt.steps.push_back(std::exchange(step, {}));
  }
  if (!step.text.empty())
    throw std::runtime_error(attempt.name + ": the last statement has no ';' at the end of its line");
}

/// Requests are separated by "---" lines; "# save: name = field" keeps a field of a request's response.
void add_http(Attempt& attempt, const std::vector<std::string>& lines) {
  Step step;
  const auto finish = [&] {
    while (step.text.ends_with('\n')) step.text.pop_back();
    if (!step.text.empty()) attempt.steps.push_back(std::exchange(step, {}));
  };
  for (size_t i = 1; i < lines.size(); ++i) {
    if (step.text.empty() && header(attempt, lines[i], "# ")) continue;
    if (lines[i].starts_with("# save: ")) step.save = lines[i].substr(8);
    else if (lines[i] == "---") finish();
    else if (!step.text.empty() || !lines[i].empty()) step.text += lines[i] + "\n";
  }
  finish();
}

template <class Add>
std::vector<Attempt> read(const fs::path& folder, const std::string& extension, std::string_view comment,
                          std::vector<std::string> actors, Add add) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == extension) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Attempt> attempts;
  for (const fs::path& path : paths) {
    const auto lines = lines_of(path);
    Attempt attempt = begin(path, lines, comment);
    attempt.actors = actors;
    add(attempt, lines);
    if (attempt.steps.empty()) throw std::runtime_error(attempt.name + ": nothing is tried");
    attempts.push_back(std::move(attempt));
  }
  return attempts;
}

}  // namespace

std::vector<Attempt> read_sql(const fs::path& folder) {
  return read(folder, ".sql", "-- ", {"owner", "agent", "visitor", "assistant"}, add_sql);
}

std::vector<Attempt> read_http(const fs::path& folder) { return read(folder, ".http", "# ", {"owner"}, add_http); }

}  // namespace cordon::attack
