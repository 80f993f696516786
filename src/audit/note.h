// Signed notes (https://c2sp.org/signed-note), and the text that they are mostly about: checkpoints
// (https://c2sp.org/tlog-checkpoint), with the cosignatures of witnesses (https://c2sp.org/tlog-cosignature).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/merkle.h"
#include "base/error.h"
#include "keys/ed25519.h"

namespace cordon::audit {

/// What a signature line was made with.
enum class SignatureType : uint8_t {
  ed25519 = 1,      ///< over the note's text
  cosignature = 4,  ///< a witness's, with the time in seconds since 1970
};

/// Whom to believe: a name and a public key, written `name+keyid+base64(type || key)` (a vkey).
struct VerifierKey {
  std::string name;
  SignatureType type = SignatureType::ed25519;
  std::string key;  ///< 32 bytes

  /// SHA-256(name || "\n" || type || key)[:4]
  std::string id() const;
  std::string text() const;
  /// Code::invalid, naming what is wrong with it.
  static Result<VerifierKey> parse(std::string_view text);
};

struct Signature {
  std::string name;
  std::string id;     ///< 4 bytes
  std::string bytes;  ///< the rest
};

struct Note {
  std::string text;  ///< with its last newline
  std::vector<Signature> signatures;

  /// Code::malformed for what is no note.
  static Result<Note> parse(std::string_view text);
  std::string to_text() const;
  /// The time that a valid line of `key` carries, 0 where its type has none; nullopt where it has no line here, or one
  /// that does not verify.
  std::optional<int64_t> signed_at(const VerifierKey& key) const;
  bool signed_by(const VerifierKey& key) const { return signed_at(key).has_value(); }
  /// The line of that key, valid or not; null where there is none.
  const Signature* line_of(const VerifierKey& key) const;
};

/// A name that a note's key may have: not empty, no spaces, no plus.
bool is_key_name(std::string_view name);
/// One signature line, with its newline.
std::string signature_line(const std::string& name, const keys::SigningKey& key, std::string_view text);
/// A witness's line over a checkpoint's text.
std::string cosignature_line(const std::string& name, const keys::SigningKey& key, int64_t time, std::string_view text);

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Hash root{};

  std::string to_text() const;
  /// Code::malformed. Extension lines are read over.
  static Result<Checkpoint> parse(std::string_view text);
};

/// 8 bytes, the highest first.
std::string big_endian(uint64_t value);
/// A hash in base64, as checkpoints and proofs have it.
std::string to_text(const Hash& hash);
std::optional<Hash> read_hash(std::string_view base64);

}  // namespace cordon::audit
