#include "audit/policy.h"

#include <algorithm>
#include <charconv>

#include "base/file.h"

namespace cordon::audit {

namespace {

constexpr std::string_view kNone = "none", kBlank = " \t";

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    if (line.empty()) return out;
    out.emplace_back(line.substr(0, line.find_first_of(kBlank)));
    line.remove_prefix(out.back().size());
  }
}

bool is_allowed(unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); }

std::unexpected<Error> bad(std::string what) { return fail(Code::invalid, std::move(what)); }

Result<VerifierKey> read_key(const std::string& text, SignatureType type) {
  auto key = VerifierKey::parse(text);
  if (!key) return key;
  if (key->type != type)
    return bad(type == SignatureType::cosignature
                   ? "a witness's key is of type 4 (c2sp.org/tlog-cosignature), and this one is not"
                   : "a log's key is of type 1 (c2sp.org/signed-note), and this one is not");
  return key;
}

}  // namespace

Result<Done> Policy::take_log(const Words& words) {
  if (words.size() < 2 || words.size() > 3) return bad("a log is `log KEY [URL]`");
  auto key = read_key(words[1], SignatureType::ed25519);
  if (!key) return std::unexpected(key.error());
  for (const VerifierKey& other : logs_)
    if (other.key == key->key) return bad("this log's key is there already");
  logs_.push_back(std::move(*key));
  return Done{};
}

Result<Done> Policy::take_name(const std::string& name) {
  if (name == kNone) return bad("`none` is nobody's name");
  if (!names_.insert(name).second) return bad("the name `" + name + "` is taken");
  return Done{};
}

Result<Done> Policy::take_witness(const Words& words, int line) {
  if (words.size() < 3 || words.size() > 4) return bad("a witness is `witness NAME KEY [URL]`");
  auto key = read_key(words[2], SignatureType::cosignature);
  if (!key) return std::unexpected(key.error());
  for (const PolicyWitness& other : witnesses_)
    if (other.key.key == key->key) return bad("this witness's key is there already");
  if (auto named = take_name(words[1]); !named) return named;
  witnesses_.push_back({words[1], std::move(*key), words.size() == 4 ? words[3] : std::string(), line});
  return Done{};
}

Result<Done> Policy::take_group(const Words& words) {
  if (words.size() < 4) return bad("a group is `group NAME all|any|NUMBER NAME...`");
  Group group{0, {words.begin() + 3, words.end()}};
  const std::string& least = words[2];
  const char* end = least.data() + least.size();
  if (least == "all") group.least = group.members.size();
  else if (least == "any") group.least = 1;
  else if (std::from_chars(least.data(), end, group.least).ptr != end || group.least < 1 ||
           group.least > group.members.size())
    return bad("`" + least + "` is none of all, any and a number from 1 to how many members there are");
  for (const std::string& member : group.members) {
    if (!names_.contains(member)) return bad("`" + member + "` is no witness or group of a line above");
    if (!members_.insert(member).second) return bad("`" + member + "` is in a group already");
  }
  if (auto named = take_name(words[1]); !named) return named;
  groups_.emplace(words[1], std::move(group));
  return Done{};
}

Result<Done> Policy::take_quorum(const Words& words) {
  if (words.size() != 2) return bad("a quorum is `quorum NAME`, or `quorum none`");
  if (!quorum_.empty()) return bad("there is a quorum already");
  if (words[1] != kNone && !names_.contains(words[1]))
    return bad("`" + words[1] + "` is no witness or group of a line above");
  quorum_ = words[1];
  return Done{};
}

Result<Done> Policy::take(const Words& words, int line) {
  if (words[0] == "log") return take_log(words);
  if (words[0] == "witness") return take_witness(words, line);
  if (words[0] == "group") return take_group(words);
  if (words[0] == "quorum") return take_quorum(words);
  return bad("`" + words[0] + "` is none of log, witness, group and quorum");
}

Result<Policy> Policy::parse(std::string_view text) {
  Policy out;
  for (int line = 1; !text.empty(); ++line) {
    const std::string_view one = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    Result<Done> taken = Done{};
    const auto words = words_of(one);
    if (!std::ranges::all_of(one, is_allowed)) taken = bad("there is a control character in it");
    else if (!words.empty() && !words[0].starts_with('#')) taken = out.take(words, line);
    if (!taken) return bad("line " + std::to_string(line) + ": " + taken.error().detail);
  }
  if (out.quorum_.empty()) return bad("there is no quorum line: `quorum none` says that none is asked for");
  return out;
}

Result<Policy> Policy::read(const std::filesystem::path& file) {
  auto text = read_whole(file);
  if (!text) return std::unexpected(text.error());
  auto policy = parse(*text);
  if (!policy) return bad(file.string() + ", " + policy.error().detail);
  return policy;
}

bool Policy::has_cosigned(const std::string& name, const Note& note) const {
  const auto group = groups_.find(name);
  if (group == groups_.end()) return note.signed_by(std::ranges::find(witnesses_, name, &PolicyWitness::name)->key);
  const auto cosigned =
      std::ranges::count_if(group->second.members, [&](const std::string& m) { return has_cosigned(m, note); });
  return static_cast<size_t>(cosigned) >= group->second.least;
}

bool Policy::quorum_has_cosigned(const Note& note) const { return quorum_ == kNone || has_cosigned(quorum_, note); }

}  // namespace cordon::audit
