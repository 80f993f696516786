#include "net/tls.h"

#include "net/certificate.h"

namespace cordon::net {

Result<TlsFiles> self_signed(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  TlsFiles files{folder / "tls" / "certificate.pem", folder / "tls" / "key.pem"};
  std::error_code ec;
  if (fs::exists(files.certificate, ec) && fs::exists(files.key, ec)) return files;
  fs::create_directories(folder / "tls", ec);
  CertificateShape shape;
  shape.name = "Cordon on this machine";
  shape.life = std::chrono::days(397);
  shape.alternatives = "DNS:localhost,IP:127.0.0.1,IP:::1";
  shape.purposes = "serverAuth";
  const Key key = make_key();
  const Certificate certificate = make_certificate(shape, key.get(), nullptr, key.get());
  if (!certificate) return fail(Code::internal, "OpenSSL could not make a certificate");
  auto written = write_pem(files.key, nullptr, key.get());
  if (written) written = write_pem(files.certificate, certificate.get(), nullptr);
  if (!written) return std::unexpected(written.error());
  return files;
}

}  // namespace cordon::net
