#include "keys/checked.h"

#include <openssl/evp.h>

#include <boost/crc.hpp>

namespace cordon::keys {

uint32_t crc32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return static_cast<uint32_t>(crc.checksum());
}

std::optional<Secret> from_base64(std::string_view text) {
  // EVP_DecodeBlock takes blanks at both ends and padding anywhere, and counts what it stands for.
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  if (text.size() % 4 != 0 || text.substr(0, text.size() - padding).find_first_of("= \t\r\n") != std::string_view::npos)
    return std::nullopt;
  if (text.empty()) return Secret();
  Secret room(text.size() / 4 * 3);
  if (EVP_DecodeBlock(room.bytes().data(), reinterpret_cast<const uint8_t*>(text.data()),
                      static_cast<int>(text.size())) < 0)
    return std::nullopt;
  return Secret::of(room.view().substr(0, room.size() - padding));
}

}  // namespace cordon::keys
