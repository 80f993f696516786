#include "base/id.h"

#include <algorithm>
#include <chrono>

#include "base/random.h"

namespace cordon {

/// Bytes of this thread's, fetched many at a time: ids are made several a request, and each call to OpenSSL's generator
/// asks the kernel whether the process has forked (ours never does without exec). Secrets are fetched one by one.
static void fill_id(std::array<uint8_t, 16>& out) {
  thread_local std::array<uint8_t, 16 * 256> bytes;
  thread_local size_t used = bytes.size();
  if (used == bytes.size()) {
    fill_random(bytes);
    used = 0;
  }
  std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(used), out.size(), out.begin());
  used += out.size();
}

Uuid new_uuid() {
  using namespace std::chrono;
  // Milliseconds and twelve bits of their fraction; never the same twice on one thread, and never backwards.
  thread_local uint64_t last = 0;
  const auto ns = static_cast<uint64_t>(duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count());
  const uint64_t time = last = std::max(last + 1, ns / 1'000'000 << 12 | (ns % 1'000'000 << 12) / 1'000'000);
  Uuid id;
  fill_id(id.bytes);
  for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(time >> (12 + 8 * (5 - i)));
  id.bytes[6] = static_cast<uint8_t>(0x70 | (time >> 8 & 0x0f));
  id.bytes[7] = static_cast<uint8_t>(time);
  id.bytes[8] = static_cast<uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  size_t at = 0;
  for (size_t i = 0; i < 36;) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i++] != '-') return std::nullopt;
      continue;
    }
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[at++] = static_cast<uint8_t>(high << 4 | low);
    i += 2;
  }
  return id;
}

void append(std::string& out, const Uuid& id) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::array<char, 36> text;
  char* at = text.data();
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    *at++ = kHex[id.bytes[i] >> 4];
    *at++ = kHex[id.bytes[i] & 15];
  }
  out.append(text.data(), text.size());
}

std::string to_string(const Uuid& id) {
  std::string out;
  append(out, id);
  return out;
}

}  // namespace cordon
