#include "net/authority.h"

#include <openssl/x509v3.h>

#include "base/file.h"
#include "base/log.h"
#include "net/certificate.h"

namespace cordon::net {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view kDomain = ".cordon.internal";  // ICANN keeps .internal for private use

struct Authority {
  Certificate certificate;
  Key key;
};

Result<Authority> make_authority(const TlsFiles& files, std::chrono::seconds life) {
  CertificateShape shape;
  shape.name = "Cordon services";
  shape.life = life;
  shape.constraints = "critical,CA:TRUE,pathlen:0";
  shape.usage = "critical,keyCertSign";
  Key key = make_key();
  Certificate certificate = make_certificate(shape, key.get(), nullptr, key.get());
  if (!certificate) return fail(Code::internal, "OpenSSL could not make a certificate");
  // The certificate last: that it is there says that its key is.
  auto written = write_pem(files.key, nullptr, key.get());
  if (written) written = write_pem(files.certificate, certificate.get(), nullptr);
  if (!written) return std::unexpected(written.error());
  log::info("made an authority for services", {{"certificate", files.certificate.string()}});
  return Authority{std::move(certificate), std::move(key)};
}

Result<Authority> find_authority(const TlsFiles& files, const CertificateLives& lives) {
  if (std::error_code ec; !fs::exists(files.certificate, ec)) return make_authority(files, lives.authority);
  Authority found{read_certificate(files.certificate), read_key(files.key)};
  const std::string cure = "delete the folder " + files.key.parent_path().string() + ", then start every service again";
  if (!found.certificate || !found.key || X509_check_private_key(found.certificate.get(), found.key.get()) != 1)
    return fail(Code::internal,
                files.key.string() + " is not the key of the certificate beside it: put it back, or " + cure);
  const auto left = life_left(found.certificate.get());
  if (left <= std::chrono::seconds(0)) return fail(Code::internal, "The services' authority has ended: " + cure);
  if (left < 2 * lives.leaf)
    log::warn("the services' authority ends soon",
              {{"cure", cure}, {"seconds_left", static_cast<long long>(left.count())}});
  return found;
}

/// Whether the file still holds what is asked for, with a third of its life to go.
bool serves(const fs::path& file, X509* authority, const std::vector<std::string>& services,
            std::chrono::seconds life) {
  const Certificate have = read_certificate(file);
  const Key key = read_key(file);
  return have && key && X509_check_private_key(have.get(), key.get()) == 1 &&
         X509_verify(have.get(), X509_get0_pubkey(authority)) == 1 && services_of(have.get()) == services &&
         life_left(have.get()) >= life / 3;
}

Result<Done> make_leaf(const fs::path& file, const Authority& authority, const std::vector<std::string>& services,
                       std::chrono::seconds life) {
  CertificateShape shape;
  shape.name = service_host(services.front());
  shape.life = std::min(life, life_left(authority.certificate.get()));
  for (const auto& s : services)
    shape.alternatives += (shape.alternatives.empty() ? "DNS:" : ",DNS:") + service_host(s);
  shape.purposes = "serverAuth,clientAuth";
  const Key key = make_key();
  const Certificate made = make_certificate(shape, key.get(), authority.certificate.get(), authority.key.get());
  if (!made) return fail(Code::internal, "OpenSSL could not make a certificate");
  return write_pem(file, made.get(), key.get());
}

bool is_name(const std::string& service) {
  return !service.empty() && service.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
}

}  // namespace

std::string service_host(std::string_view service) { return std::string(service) + std::string(kDomain); }

std::vector<std::string> services_of(const X509* certificate) {
  using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES, GENERAL_NAMES_free>>;
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> out;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    // By its length: a name with a NUL in it is no other name.
    const std::string_view host(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                                static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
    if (host.size() > kDomain.size() && host.ends_with(kDomain))
      out.emplace_back(host.substr(0, host.size() - kDomain.size()));
  }
  return out;
}

Result<Credentials> service_credentials(const fs::path& folder, const std::vector<std::string>& services,
                                        CertificateLives lives) {
  if (services.empty() || !std::all_of(services.begin(), services.end(), is_name))
    return fail(Code::invalid, "A service's name has lower-case letters and digits only.", "services");
  std::string name;
  for (const auto& s : services) name += (name.empty() ? "" : "-") + s;
  const TlsFiles ca{folder / "ca" / "certificate.pem", folder / "ca" / "key.pem"};
  const fs::path own = folder / "services" / (name + ".pem");
  std::error_code ec;
  fs::create_directories(ca.key.parent_path(), ec);
  fs::create_directories(own.parent_path(), ec);
  const FileLock lock(folder / "ca" / "lock");
  if (!lock.held()) return fail(Code::internal, "cannot lock " + (folder / "ca" / "lock").string());
  const auto authority = find_authority(ca, lives);
  if (!authority) return std::unexpected(authority.error());
  if (!serves(own, authority->certificate.get(), services, lives.leaf)) {
    const auto made = make_leaf(own, *authority, services, lives.leaf);
    if (!made) return std::unexpected(made.error());
    log::info("made a service's certificate", {{"file", own.string()}});
  }
  return Credentials{{own, own}, ca.certificate};
}

}  // namespace cordon::net
