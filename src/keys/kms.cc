#include "keys/kms.h"

#include <cstdlib>

#include "keys/file_kms.h"
#include "keys/gcp_kms.h"
#include "keys/pkcs11_kms.h"
#include "keys/secret_file.h"

namespace cordon::keys {

namespace {

Result<std::optional<Secret>> passphrase_of(const KmsUrl& url) {
  if (const std::string file = url.parameter("passphrase-file"); !file.empty()) return read_secret_file(file);
  const std::string credential = url.parameter("credential");
  if (credential.empty()) return std::nullopt;
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr)
    return fail(Code::invalid, "systemd gave no credentials (LoadCredential=" + credential + ":...)");
  return read_secret_file(std::filesystem::path(folder) / credential);
}

class NoKms : public Kms {
 public:
  explicit NoKms(std::string why) : why_(std::move(why)) {}

  net::Task<Result<Wrapped>> wrap(std::string_view, std::string_view) override { co_return nothing(); }
  net::Task<Result<Secret>> unwrap(const Wrapped&, std::string_view) override { co_return nothing(); }
  net::Task<Result<std::vector<KmsVersion>>> versions() override { co_return nothing(); }
  net::Task<Result<std::string>> rotate() override { co_return nothing(); }
  net::Task<Result<Done>> destroy(const std::string&) override { co_return nothing(); }

 private:
  std::unexpected<Error> nothing() const { return fail(Code::unavailable, why_); }
  std::string why_;
};

}  // namespace

std::unique_ptr<Kms> no_kms(std::string why) { return std::make_unique<NoKms>(std::move(why)); }

std::string KmsUrl::parameter(std::string_view name) const {
  for (const auto& [its_name, value] : parameters)
    if (its_name == name) return value;
  return {};
}

Result<KmsUrl> parse_kms_url(std::string_view text) {
  KmsUrl url;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return fail(Code::invalid, "a KMS is named file:, pkcs11: or gcp-kms:");
  url.kind = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  const size_t mark = rest.find('?');
  url.path = rest.substr(0, mark);
  rest = mark == std::string_view::npos ? std::string_view() : rest.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const size_t equals = one.find('=');
    if (equals == 0 || equals == std::string_view::npos)
      return fail(Code::invalid, "a KMS's parameters are name=value, with & between them");
    url.parameters.emplace_back(one.substr(0, equals), one.substr(equals + 1));
  }
  return url;
}

Result<std::unique_ptr<Kms>> open_kms(std::string_view url, const std::filesystem::path& data, bool make) {
  auto parsed = url.empty() ? Result<KmsUrl>(KmsUrl{"file", data / "kms.key", {}}) : parse_kms_url(url);
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->kind == "file") {
    auto passphrase = passphrase_of(*parsed);
    if (!passphrase) return std::unexpected(passphrase.error());
    auto opened = FileKms::open(parsed->path, std::move(*passphrase), make);
    if (!opened) return std::unexpected(opened.error());
    return std::unique_ptr<Kms>(std::move(*opened));
  }
  if (parsed->kind == "pkcs11") {
    auto opened = Pkcs11Kms::open(std::string(url), make);  // p11-kit reads RFC 7512 itself
    if (!opened) return std::unexpected(opened.error());
    return std::unique_ptr<Kms>(std::move(*opened));
  }
  if (parsed->kind == "gcp-kms") {
    auto options = read_gcp_kms_url(*parsed);
    if (!options) return std::unexpected(options.error());
    auto opened = GcpKms::open(std::move(*options));
    if (!opened) return std::unexpected(opened.error());
    return std::unique_ptr<Kms>(std::move(*opened));
  }
  return fail(Code::invalid, "there is no KMS of the kind " + parsed->kind + ": it is file:, pkcs11: or gcp-kms:");
}

}  // namespace cordon::keys
