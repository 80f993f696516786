// Encryption of objects of any length, piece by piece: AES-256-GCM in segments, whose place and end are authenticated.
//
// The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizar: Online Authenticated-Encryption and its Nonce-Reuse
// Misuse-Resistance, CRYPTO 2015), the bytes are those of Tink's AES-GCM-HKDF streaming AEAD
// (https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming) with a key of 32 bytes, HKDF-SHA256,
// derived keys of 32 bytes and ciphertext segments of 64 KiB, so that Tink reads what is written here, and the other
// way round:
//
//   object      header | segment 0 | segment 1 | ...
//   header      0x28 (its length) | salt (32 random bytes) | nonce prefix (7 random bytes)
//   segment i   AES-256-GCM under HKDF-SHA256(key, salt, info = aad), without associated data of its own;
//               nonce = nonce prefix | i (4 bytes, big endian) | 1 for the last segment, otherwise 0
//
// Segment i with its tag ends at byte 65536 (i + 1) of the object, the last one earlier, perhaps; the header is within
// the first 65536. A segment is never empty, but for the only one of an empty object: each length of plaintext has one
// length of ciphertext.
//
// `aad` says what the object is and whose, its tenant and id: opened under another one, it is refused.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "keys/secret.h"

namespace cordon::keys {

inline constexpr uint64_t kSegmentBytes = 64 * 1024;  ///< of ciphertext, with the tag
inline constexpr uint64_t kStreamHeaderBytes = 40;

/// How long the ciphertext of `plain` bytes is.
uint64_t sealed_size(uint64_t plain);
/// How long the plaintext of `sealed` bytes is; nullopt if no ciphertext has that length.
std::optional<uint64_t> plain_size(uint64_t sealed);

/// One object on its way out. Its derived key and nonce prefix are its own, random, and never used again.
class StreamEncryptor {
 public:
  /// `key` has 32 bytes and is not needed any more once this returns.
  StreamEncryptor(const Secret& key, std::string_view aad);
  ~StreamEncryptor();
  StreamEncryptor(StreamEncryptor&&) noexcept;

  /// Takes the next piece of the plaintext, as long as it likes, and appends to `out` what is complete by then. Throws
  /// past 2^32 segments (256 TiB).
  void update(std::string& out, std::string_view plain);
  /// Appends the last segment. Once, at the end.
  void finish(std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One object on its way in, from its first byte to its last. Appends no byte of a segment before the whole segment is
/// authenticated; after a failure it goes on failing, with Code::internal: these bytes are not what was sealed under
/// this key and `aad`, or not in this order, or not all of them.
class StreamDecryptor {
 public:
  StreamDecryptor(const Secret& key, std::string_view aad);
  ~StreamDecryptor();
  StreamDecryptor(StreamDecryptor&&) noexcept;

  /// Takes the next piece of the ciphertext and appends to `out` what is known to be right by then. What was appended
  /// is right as far as it goes, but only finish() tells that it was all.
  Result<Done> update(std::string& out, std::string_view sealed);
  /// Appends the last segment; fails unless the object ends here.
  Result<Done> finish(std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The segments that a range of the plaintext lies in.
struct SegmentRange {
  uint64_t first = 0, last = 0;  ///< segments, both included
  uint64_t from = 0, to = 0;     ///< bytes of the object, `to` not included: the header is left out of segment 0
  uint64_t skip = 0;             ///< bytes of the first segment's plaintext before the range
  uint64_t length = 0;           ///< bytes of the range that there are
};

/// Opens single segments, for reading a part of an object.
///
/// Each segment that opens is what was sealed at its place. How many there are is not in them: it follows from the
/// object's length, which is the store's word. That word is checked by the segment that would be the last: it opens as
/// the last one or not at all. A range that reaches the end, or would begin past it, always includes that segment, so a
/// truncated object is never taken for a short one. A range from the middle does without: its bytes are right, but it
/// cannot tell that the object has lost its end since.
class SegmentReader {
 public:
  /// Code::internal if `header` is not the first kStreamHeaderBytes of an object, or none can have `sealed_size` bytes.
  static Result<SegmentReader> open(const Secret& key, std::string_view aad, std::string_view header,
                                    uint64_t sealed_size);
  ~SegmentReader();
  SegmentReader(SegmentReader&&) noexcept;

  /// Where `length` bytes of the plaintext from `offset` are, as far as there are that many. An empty range and one
  /// past the end have a segment as well (see above).
  SegmentRange locate(uint64_t offset, uint64_t length) const;
  /// How many bytes a segment has in the object, the header not counted.
  uint64_t segment_size(uint64_t segment) const;
  /// Appends the plaintext of a segment. Code::internal if `sealed` is not that segment, whole.
  Result<Done> read(std::string& out, uint64_t segment, std::string_view sealed);
  uint64_t plain_size() const;

 private:
  struct Impl;
  explicit SegmentReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cordon::keys
