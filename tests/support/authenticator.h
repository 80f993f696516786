// A security key in software: what a browser would send of it, made with OpenSSL and by hand from the specification.
#pragma once
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>
#include <string>

#include "base/random.h"

namespace cordon::testing {

class Authenticator {
 public:
  explicit Authenticator(std::string rp_id = "localhost", std::string origin = "https://localhost:8443")
      : rp_id_(std::move(rp_id)), origin_(std::move(origin)), key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {}

  std::string credential = "a credential of 26 letters";
  uint8_t flags = 0x05;  ///< present and verified
  uint32_t count = 1;

  std::string client_data(const std::string& type, const std::string& challenge) const {
    return R"({"type":"webauthn.)" + type + R"(","challenge":")" + challenge + R"(","origin":")" + origin_ +
           R"(","crossOrigin":false})";
  }
  /// Authenticator data of a registration: Web Authentication section 6.1, with a COSE key of RFC 9053 section 7.1.1.
  std::string registration() const {
    const std::string x = coordinate("qx"), y = coordinate("qy");
    std::string out = head(flags | 0x40) + std::string(16, '\0');
    out += '\0';
    out += static_cast<char>(credential.size());
    return out + credential + "\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + "\x22\x58\x20" + y;
  }
  std::string assertion() const { return head(flags); }
  /// ECDSA over the authenticator data and the hash of the client's.
  std::string sign(const std::string& authenticator_data, const std::string& client_data) const {
    const auto hash = sha256(client_data);
    const std::string input = authenticator_data + std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
    std::string out(128, '\0');
    size_t size = out.size();
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(out.data()), &size,
                   reinterpret_cast<const uint8_t*>(input.data()), input.size());
    out.resize(size);
    return out;
  }

 private:
  std::string head(int with) const {
    const auto party = sha256(rp_id_);
    std::string out(reinterpret_cast<const char*>(party.data()), party.size());
    out += static_cast<char>(with);
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(count >> shift);
    return out;
  }
  std::string coordinate(const char* name) const {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &number);
    std::string out(32, '\0');
    BN_bn2binpad(number, reinterpret_cast<uint8_t*>(out.data()), 32);
    BN_free(number);
    return out;
  }

  std::string rp_id_, origin_;
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

}  // namespace cordon::testing
