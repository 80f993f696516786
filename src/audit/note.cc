#include "audit/note.h"

#include <algorithm>
#include <charconv>

#include "base/random.h"
#include "base/utf8.h"

namespace cordon::audit {

namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // U+2014 and a space
constexpr size_t kMostSignatures = 64;

std::string cosigned(int64_t time, std::string_view text) {
  return "cosignature/v1\ntime " + std::to_string(time) + "\n" + std::string(text);
}

std::string line(const VerifierKey& key, std::string_view signature) {
  return std::string(kDash) + key.name + " " + to_base64(key.id() + std::string(signature)) + "\n";
}

/// Takes the next line off `text`, without its newline; nullopt where none ends.
std::optional<std::string_view> next_line(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto out = text.substr(0, end);
  text.remove_prefix(end + 1);
  return out;
}

std::optional<Signature> read_signature(std::string_view text) {
  if (!text.starts_with(kDash)) return std::nullopt;
  text.remove_prefix(kDash.size());
  const size_t space = text.find(' ');
  if (space == std::string_view::npos || !is_key_name(text.substr(0, space))) return std::nullopt;
  const auto bytes = from_base64(text.substr(space + 1));
  if (!bytes || bytes->size() < 5) return std::nullopt;
  return Signature{std::string(text.substr(0, space)), bytes->substr(0, 4), bytes->substr(4)};
}

}  // namespace

std::string big_endian(uint64_t value) {
  std::string out(8, '\0');
  for (int i = 7; i >= 0; --i, value >>= 8) out[static_cast<size_t>(i)] = static_cast<char>(value & 0xFF);
  return out;
}

bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= 200 && !first_bad_utf8(name) &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c <= 0x20 || c == '+' || c == 0x7F; });
}

std::string VerifierKey::id() const {
  const auto digest = sha256(name + "\n" + static_cast<char>(type) + key);
  return {reinterpret_cast<const char*>(digest.data()), 4};
}

std::string VerifierKey::text() const {
  const std::string number = id();
  return name + "+" + to_hex({reinterpret_cast<const uint8_t*>(number.data()), number.size()}) + "+" +
         to_base64(static_cast<char>(type) + key);
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  const auto bad = fail(Code::invalid, "A key looks like name+0123abcd+base64, as the log's operator publishes it.");
  const size_t first = text.find('+'), second = first == text.npos ? text.npos : text.find('+', first + 1);
  if (second == text.npos) return bad;
  const auto bytes = from_base64(text.substr(second + 1));
  if (!bytes || bytes->size() != 33 || (bytes->front() != 1 && bytes->front() != 4)) return bad;
  VerifierKey out{std::string(text.substr(0, first)), static_cast<SignatureType>(bytes->front()), bytes->substr(1)};
  if (!is_key_name(out.name) || out.text() != text) return bad;
  return out;
}

Result<Note> Note::parse(std::string_view text) {
  const auto bad = fail(Code::malformed, "This is no signed note (c2sp.org/signed-note).");
  const auto control = [](unsigned char c) { return c < 0x20 && c != '\n'; };
  const size_t blank = text.rfind("\n\n");
  if (blank == text.npos || first_bad_utf8(text) || std::any_of(text.begin(), text.end(), control)) return bad;
  Note out{std::string(text.substr(0, blank + 1)), {}};
  text.remove_prefix(blank + 2);
  while (!text.empty()) {
    const auto one = next_line(text);
    auto signature = one ? read_signature(*one) : std::nullopt;
    if (!signature || out.signatures.size() == kMostSignatures) return bad;
    out.signatures.push_back(std::move(*signature));
  }
  if (out.signatures.empty()) return bad;
  return out;
}

std::string Note::to_text() const {
  std::string out = text + "\n";
  for (const Signature& s : signatures) out += std::string(kDash) + s.name + " " + to_base64(s.id + s.bytes) + "\n";
  return out;
}

const Signature* Note::line_of(const VerifierKey& key) const {
  const auto found =
      std::ranges::find_if(signatures, [&](const Signature& s) { return s.name == key.name && s.id == key.id(); });
  return found == signatures.end() ? nullptr : &*found;
}

std::optional<int64_t> Note::signed_at(const VerifierKey& key) const {
  const Signature* line = line_of(key);
  if (!line) return std::nullopt;
  const std::string_view bytes = line->bytes;
  if (key.type == SignatureType::ed25519)
    return keys::verify_ed25519(key.key, text, bytes) ? std::optional<int64_t>(0) : std::nullopt;
  if (bytes.size() != 72) return std::nullopt;
  uint64_t time = 0;
  for (const char byte : bytes.substr(0, 8)) time = time << 8 | static_cast<uint8_t>(byte);
  const auto at = static_cast<int64_t>(time);
  if (at < 0 || !keys::verify_ed25519(key.key, cosigned(at, text), bytes.substr(8))) return std::nullopt;
  return at;
}

std::string signature_line(const std::string& name, const keys::SigningKey& key, std::string_view text) {
  return line({name, SignatureType::ed25519, key.public_key()}, key.sign(text));
}

std::string cosignature_line(const std::string& name, const keys::SigningKey& key, int64_t time,
                             std::string_view text) {
  return line({name, SignatureType::cosignature, key.public_key()},
              big_endian(static_cast<uint64_t>(time)) + key.sign(cosigned(time, text)));
}

std::string to_text(const Hash& hash) { return to_base64({reinterpret_cast<const char*>(hash.data()), hash.size()}); }

std::optional<Hash> read_hash(std::string_view base64) {
  const auto bytes = from_base64(base64);
  Hash out;
  if (!bytes || bytes->size() != out.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

std::string Checkpoint::to_text() const {
  return origin + "\n" + std::to_string(size) + "\n" + audit::to_text(root) + "\n";
}

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
  const auto bad = fail(Code::malformed, "This is no checkpoint (c2sp.org/tlog-checkpoint).");
  Checkpoint out;
  const auto origin = next_line(text), size = next_line(text), root = next_line(text);
  if (!origin || !size || !root || origin->empty()) return bad;
  out.origin = *origin;
  const char* end = size->data() + size->size();
  if (std::from_chars(size->data(), end, out.size).ptr != end || std::to_string(out.size) != *size ||
      out.size >> 62 != 0)
    return bad;
  const auto hash = read_hash(*root);
  if (!hash) return bad;
  out.root = *hash;
  while (!text.empty())
    if (const auto extension = next_line(text); !extension || extension->empty()) return bad;
  return out;
}

}  // namespace cordon::audit
