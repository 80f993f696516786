#include "audit/export_format.h"

#include <boost/json/object.hpp>
#include <charconv>
#include <fstream>
#include <utility>

namespace cordon::audit {

namespace {

constexpr std::string_view kIndex = "log_index", kVersion = "/export v1";

/// Behind the cells that `out` has; the first one, an id, is never empty.
void put_cell(std::string& out, std::string_view text) {
  if (!out.empty()) out += ',';
  std::string cell(text);
  if (!cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos) cell.insert(0, "'");
  if (cell.find_first_of(",\"\r\n") == cell.npos) {
    out += cell;
    return;
  }
  out += '"';
  for (const char c : cell) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

std::string cell_of(const std::string& text) { return text; }
std::string cell_of(int64_t number) { return std::to_string(number); }
std::string cell_of(Time time) { return to_string(time); }
std::string cell_of(const ClosedParts& parts) { return json::encode(parts); }
std::string cell_of(const Uuid& id) { return to_string(id); }
template <class Tag>
std::string cell_of(const Id<Tag>& id) {
  return to_string(id);
}
template <class T>
std::string cell_of(const std::optional<T>& field) {
  return field ? cell_of(*field) : std::string();
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return read.ec == std::errc() && read.ptr == end && std::to_string(out) == text;
}

/// Takes the next line off `text`; nullopt where it does not begin with `with`, which is taken off the line.
std::optional<std::string> take_line(std::string_view& text, std::string_view with) {
  const size_t end = text.find('\n');
  if (end == text.npos || !text.starts_with(with) || end < with.size()) return std::nullopt;
  std::string out(text.substr(with.size(), end - with.size()));
  text.remove_prefix(end + 1);
  return out;
}

}  // namespace

std::string proof_name(EventId id) { return std::string(files::kProofs) + "/" + to_string(id) + ".tlog-proof"; }

bool is_proof_name(std::string_view name) {
  const size_t slash = name.find('/');
  const auto id = slash == name.npos ? std::nullopt : EventId::parse(name.substr(slash + 1, 36));
  return id && proof_name(*id) == name;
}

std::string to_json(const LoggedEvent& logged) {
  std::string out = json::encode(logged.event);
  out.back() = ',';
  ((out += '"') += kIndex) += "\":";
  return out + (logged.index ? std::to_string(*logged.index) : "null") + "}";
}

Result<LoggedEvent> read_json(std::string_view line) {
  auto object = json::parse_object(line);
  if (!object) return std::unexpected(object.error());
  LoggedEvent out;
  std::optional<Int<0, INT64_MAX>> index;
  if (const auto* found = object->if_contains(kIndex))
    if (auto read = json::read(*found, std::string(kIndex), index); !read) return std::unexpected(read.error());
  if (index) out.index = static_cast<uint64_t>(index->value);
  object->erase(kIndex);
  auto read = json::read(boost::json::value(std::move(*object)), "", out.event);
  if (!read) return std::unexpected(read.error());
  return out;
}

std::string csv_header() {
  std::string out;
  boost::mp11::mp_for_each<json::Members<EventRecord>>([&](auto d) { put_cell(out, d.name); });
  return out;
}

std::string csv_cells(const EventRecord& event) {
  std::string out;
  boost::mp11::mp_for_each<json::Members<EventRecord>>([&](auto d) { put_cell(out, cell_of(event.*d.pointer)); });
  return out;
}

std::string csv_header_with_index() { return csv_header() + "," + std::string(kIndex); }

std::string csv_cells_with_index(const LoggedEvent& logged) {
  return csv_cells(logged.event) + "," + (logged.index ? std::to_string(*logged.index) : "");
}

boost::json::object to_object(std::optional<TenantId> tenant, const EventQuery& query) {
  boost::json::object out;
  if (tenant) out["tenant_id"] = to_string(*tenant);
  boost::mp11::mp_for_each<json::Members<EventQuery>>([&](auto d) {
    const auto& field = query.*d.pointer;
    const std::string_view name = d.name;
    if (!field || name == "cursor" || name == "limit") return;
    // What an operator has typed may be no text; the database refuses it then.
    if (auto value = json::parse(json::encode(*field))) out[name] = std::move(*value);
  });
  return out;
}

std::string FileSum::to_text() const { return digest + " " + std::to_string(size) + " " + name; }

std::optional<FileSum> FileSum::parse(std::string_view line) {
  FileSum out;
  const size_t first = line.find(' '), second = line.find(' ', first == line.npos ? first : first + 1);
  if (first != 64 || second == line.npos || !read_number(line.substr(first + 1, second - first - 1), out.size))
    return std::nullopt;
  out.digest = line.substr(0, first);
  out.name = line.substr(second + 1);
  if (out.digest.find_first_not_of("0123456789abcdef") != std::string::npos || out.name.empty()) return std::nullopt;
  return out;
}

FileSum sum_of(std::string name, std::string_view bytes) {
  return {to_hex(sha256(bytes)), bytes.size(), std::move(name)};
}

Result<FileSum> sum_of_file(const std::filesystem::path& folder, const std::string& name) {
  std::ifstream in(folder / name, std::ios::binary);
  FileSum out{{}, 0, name};
  Sha256 digest;
  std::array<char, 65'536> bytes;
  while (in.read(bytes.data(), bytes.size()), in.gcount() > 0) {
    digest.update({bytes.data(), static_cast<size_t>(in.gcount())});
    out.size += static_cast<uint64_t>(in.gcount());
  }
  if (!in.eof()) return fail(Code::not_found, "There is no file " + name + " that can be read.");
  out.digest = to_hex(digest.finish());
  return out;
}

void SummedFile::write(std::string_view bytes) {
  digest_.update(bytes);
  sum_.size += bytes.size();
  written_ += bytes;
}

FilePiece SummedFile::take() { return {sum_.name, std::exchange(written_, {})}; }

FileSum SummedFile::sum() {
  sum_.digest = to_hex(digest_.finish());
  return sum_;
}

std::string Manifest::to_text() const {
  std::string out = origin + std::string(kVersion) + "\nquery " + query + "\nevent " + event + "\nevents " +
                    std::to_string(events) + "\nproved " + std::to_string(proved) + "\n";
  for (const FileSum& file : files) out += file.to_text() + "\n";
  return out;
}

Result<Manifest> Manifest::parse(std::string_view text) {
  const auto bad = fail(Code::malformed, "This is no manifest of an export.");
  const auto origin = take_line(text, ""), query = take_line(text, "query "), event = take_line(text, "event "),
             events = take_line(text, "events "), proved = take_line(text, "proved ");
  if (!origin || !origin->ends_with(kVersion) || !query || !event || !events || !proved) return bad;
  Manifest out{origin->substr(0, origin->size() - kVersion.size()), *query, *event};
  if (!read_number(*events, out.events) || !read_number(*proved, out.proved)) return bad;
  while (!text.empty()) {
    const auto line = take_line(text, "");
    auto file = line ? FileSum::parse(*line) : std::nullopt;
    // A name is one in this folder, and leads nowhere else.
    if (!file || file->name.find('/') != std::string::npos || file->name.starts_with('.')) return bad;
    out.files.push_back(std::move(*file));
  }
  return out;
}

}  // namespace cordon::audit
