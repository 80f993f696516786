#include "keys/stream.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "base/random.h"
#include "keys/hkdf.h"

namespace cordon::keys {

namespace {

constexpr uint64_t kKeyBytes = 32, kSaltBytes = 32, kPrefixBytes = 7, kTagBytes = 16;
constexpr uint64_t kPlainBytes = kSegmentBytes - kTagBytes;
constexpr uint64_t kFirstPlainBytes = kPlainBytes - kStreamHeaderBytes;
constexpr uint64_t kMostSegments = uint64_t{1} << 32;

const uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

[[noreturn]] void broken(const char* what) { throw std::runtime_error(std::string("openssl: ") + what); }

std::unexpected<Error> refuse() { return fail(Code::internal, "This object is not what was stored under its name."); }

/// What encrypts and decrypts the segments of one object.
class Segments {
 public:
  Segments(const Secret& key, std::string_view aad, std::string_view header)
      : cipher_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free) {
    static const EVP_CIPHER* const gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    if (key.size() != kKeyBytes) throw std::runtime_error("a key has 32 bytes");
    const Secret derived = hkdf_sha256(key, header.substr(1, kSaltBytes), aad);
    std::memcpy(prefix_.data(), header.data() + 1 + kSaltBytes, kPrefixBytes);
    if (!cipher_ || EVP_EncryptInit_ex(cipher_.get(), gcm, nullptr, derived.data(), nullptr) != 1) broken("aes-gcm");
  }

  void seal(std::string& out, uint64_t number, bool last, std::string_view plain) {
    const size_t from = out.size();
    out.resize(from + plain.size() + kTagBytes);
    auto* to = reinterpret_cast<uint8_t*>(out.data()) + from;
    const auto nonce = nonce_of(number, last);
    int done = 0;
    if (EVP_EncryptInit_ex(cipher_.get(), nullptr, nullptr, nullptr, nonce.data()) != 1 ||
        EVP_EncryptUpdate(cipher_.get(), to, &done, bytes_of(plain), static_cast<int>(plain.size())) != 1 ||
        EVP_EncryptFinal_ex(cipher_.get(), to + plain.size(), &done) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, to + plain.size()) != 1)
      broken("seal");
  }

  /// Appends the plaintext, or nothing and says no.
  bool open(std::string& out, uint64_t number, bool last, std::string_view sealed) {
    if (sealed.size() < kTagBytes || (number > 0 && sealed.size() == kTagBytes)) return false;
    const size_t from = out.size(), size = sealed.size() - kTagBytes;
    out.resize(from + size);
    auto* to = reinterpret_cast<uint8_t*>(out.data()) + from;
    std::array<uint8_t, kTagBytes> tag;
    std::memcpy(tag.data(), sealed.data() + size, kTagBytes);
    const auto nonce = nonce_of(number, last);
    int done = 0;
    const bool right = EVP_DecryptInit_ex(cipher_.get(), nullptr, nullptr, nullptr, nonce.data()) == 1 &&
                       EVP_DecryptUpdate(cipher_.get(), to, &done, bytes_of(sealed), static_cast<int>(size)) == 1 &&
                       EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
                       EVP_DecryptFinal_ex(cipher_.get(), to + size, &done) == 1;
    if (!right) {
      OPENSSL_cleanse(to, size);
      out.resize(from);
    }
    return right;
  }

 private:
  std::array<uint8_t, 12> nonce_of(uint64_t number, bool last) const {
    if (number >= kMostSegments) throw std::runtime_error("an object has at most 2^32 segments");
    std::array<uint8_t, 12> nonce;
    std::memcpy(nonce.data(), prefix_.data(), kPrefixBytes);
    for (size_t i = 0; i < 4; ++i) nonce[kPrefixBytes + i] = static_cast<uint8_t>(number >> (8 * (3 - i)));
    nonce[11] = last ? 1 : 0;
    return nonce;
  }

  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher_;
  std::array<uint8_t, kPrefixBytes> prefix_;
};

bool is_header(std::string_view bytes) {
  return bytes.size() == kStreamHeaderBytes && static_cast<uint8_t>(bytes.front()) == kStreamHeaderBytes;
}

std::string fresh_header() {
  std::string header(kStreamHeaderBytes, static_cast<char>(kStreamHeaderBytes));
  fill_random({reinterpret_cast<uint8_t*>(header.data()) + 1, kStreamHeaderBytes - 1});
  return header;
}

/// Where a segment begins in the object.
uint64_t begin_of(uint64_t segment) { return segment == 0 ? kStreamHeaderBytes : segment * kSegmentBytes; }

void wipe(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }

}  // namespace

uint64_t sealed_size(uint64_t plain) {
  const uint64_t segments = std::max<uint64_t>(1, (plain + kStreamHeaderBytes + kPlainBytes - 1) / kPlainBytes);
  return kStreamHeaderBytes + plain + segments * kTagBytes;
}

std::optional<uint64_t> plain_size(uint64_t sealed) {
  if (sealed < kStreamHeaderBytes + kTagBytes || sealed > kMostSegments * kSegmentBytes) return std::nullopt;
  const uint64_t segments = (sealed + kSegmentBytes - 1) / kSegmentBytes;
  if (segments > 1 && sealed - (segments - 1) * kSegmentBytes <= kTagBytes) return std::nullopt;
  return sealed - kStreamHeaderBytes - segments * kTagBytes;
}

struct StreamEncryptor::Impl {
  Impl(const Secret& key, std::string_view aad) : header(fresh_header()), segments(key, aad, header) {}
  ~Impl() { wipe(held); }

  size_t room() const { return number == 0 ? kFirstPlainBytes : kPlainBytes; }
  void seal(std::string& out, bool last, std::string_view plain) {
    if (finished) throw std::logic_error("this object is finished");
    finished = last;
    if (number == 0) out += header;
    segments.seal(out, number++, last, plain);
  }

  std::string header;
  Segments segments;
  uint64_t number = 0;
  std::string held;  ///< plaintext of a segment that is not full, or may be the last
  bool finished = false;
};

StreamEncryptor::StreamEncryptor(const Secret& key, std::string_view aad) : impl_(std::make_unique<Impl>(key, aad)) {}
StreamEncryptor::~StreamEncryptor() = default;
StreamEncryptor::StreamEncryptor(StreamEncryptor&&) noexcept = default;

void StreamEncryptor::update(std::string& out, std::string_view plain) {
  // A full segment waits for one more byte: only then it is not the last.
  while (impl_->held.size() + plain.size() > impl_->room()) {
    const size_t missing = impl_->room() - impl_->held.size();
    impl_->held.append(plain.substr(0, missing));
    plain.remove_prefix(missing);
    impl_->seal(out, false, impl_->held);
    impl_->held.clear();
  }
  impl_->held.append(plain);
}

void StreamEncryptor::finish(std::string& out) {
  impl_->seal(out, true, impl_->held);
  wipe(impl_->held);
  impl_->held.clear();
}

struct StreamDecryptor::Impl {
  Impl(const Secret& its_key, std::string_view its_aad) : key(Secret::of(its_key.view())), aad(its_aad) {}

  /// `block`: a segment, the first one with the header before it.
  bool open(std::string& out, bool last, std::string_view block) {
    if (!segments) {
      if (!is_header(block.substr(0, kStreamHeaderBytes))) return false;
      segments.emplace(key, aad, block);
      block.remove_prefix(kStreamHeaderBytes);
    }
    return segments->open(out, number++, last, block);
  }

  Secret key;
  std::string aad;
  std::optional<Segments> segments;
  uint64_t number = 0;
  std::string held;  ///< ciphertext of a block that is not full, or may be the last
  bool refused = false, finished = false;
};

StreamDecryptor::StreamDecryptor(const Secret& key, std::string_view aad) : impl_(std::make_unique<Impl>(key, aad)) {}
StreamDecryptor::~StreamDecryptor() = default;
StreamDecryptor::StreamDecryptor(StreamDecryptor&&) noexcept = default;

Result<Done> StreamDecryptor::update(std::string& out, std::string_view sealed) {
  if (impl_->refused || impl_->finished) return refuse();
  while (impl_->held.size() + sealed.size() > kSegmentBytes) {
    const size_t missing = kSegmentBytes - impl_->held.size();
    impl_->held.append(sealed.substr(0, missing));
    sealed.remove_prefix(missing);
    impl_->refused = !impl_->open(out, false, impl_->held);
    if (impl_->refused) return refuse();
    impl_->held.clear();
  }
  impl_->held.append(sealed);
  return Done{};
}

Result<Done> StreamDecryptor::finish(std::string& out) {
  if (impl_->refused || impl_->finished) return refuse();
  impl_->finished = true;
  impl_->refused = !impl_->open(out, true, impl_->held);
  if (impl_->refused) return refuse();
  return Done{};
}

struct SegmentReader::Impl {
  Segments segments;
  uint64_t sealed_size, plain_size;
  uint64_t last() const { return (sealed_size - 1) / kSegmentBytes; }
};

SegmentReader::SegmentReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SegmentReader::~SegmentReader() = default;
SegmentReader::SegmentReader(SegmentReader&&) noexcept = default;

Result<SegmentReader> SegmentReader::open(const Secret& key, std::string_view aad, std::string_view header,
                                          uint64_t sealed_size) {
  const auto plain = keys::plain_size(sealed_size);
  if (!plain || !is_header(header)) return refuse();
  return SegmentReader(std::make_unique<Impl>(Segments(key, aad, header), sealed_size, *plain));
}

uint64_t SegmentReader::segment_size(uint64_t segment) const {
  return std::min((segment + 1) * kSegmentBytes, impl_->sealed_size) - begin_of(segment);
}

uint64_t SegmentReader::plain_size() const { return impl_->plain_size; }

SegmentRange SegmentReader::locate(uint64_t offset, uint64_t length) const {
  const uint64_t size = impl_->plain_size;
  const uint64_t from = std::min(offset, size), to = length < size - from ? from + length : size;
  // As if the header were the first bytes of the plaintext: then all segments are of one length.
  const auto segment_of = [&](uint64_t at) { return std::min((at + kStreamHeaderBytes) / kPlainBytes, impl_->last()); };
  SegmentRange range;
  range.first = segment_of(from);
  range.last = to == size ? impl_->last() : std::max(range.first, segment_of(to == 0 ? 0 : to - 1));
  range.from = begin_of(range.first);
  range.to = std::min((range.last + 1) * kSegmentBytes, impl_->sealed_size);
  range.skip = from - (range.first == 0 ? 0 : range.first * kPlainBytes - kStreamHeaderBytes);
  range.length = to - from;
  return range;
}

Result<Done> SegmentReader::read(std::string& out, uint64_t segment, std::string_view sealed) {
  if (segment > impl_->last() || sealed.size() != segment_size(segment) ||
      !impl_->segments.open(out, segment, segment == impl_->last(), sealed))
    return refuse();
  return Done{};
}

}  // namespace cordon::keys
