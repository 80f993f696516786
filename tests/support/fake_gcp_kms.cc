#include "support/fake_gcp_kms.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/json.h"
#include "base/random.h"
#include "identity/jws.h"
#include "keys/checked.h"
#include "support/fake.h"

namespace cordon::testing {

namespace bj = boost::json;
using Trouble = FakeGcpKms::Trouble;

namespace {

constexpr const char* kEmail = "cordon@shop.iam.gserviceaccount.com";
constexpr const char* kVersions = "/cryptoKeyVersions";
constexpr const char* kAad = "additionalAuthenticatedData";
constexpr int64_t kMostOnAPage = 2;

/// CRC-32C bit by bit, so that it is not judged by itself.
uint32_t crc(std::string_view bytes) {
  uint32_t out = ~0u;
  for (const char byte : bytes) {
    out ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) out = (out >> 1) ^ ((out & 1) != 0 ? 0x82F63B78u : 0);
  }
  return ~out;
}

/// google.rpc.Status as REST has it.
net::Response refusal(int status, const char* name) {
  return json_answer(status, {{"error", bj::object{{"code", status}, {"message", "No."}, {"status", name}}}});
}

}  // namespace

FakeGcpKms::FakeGcpKms()
    : served_([this](net::Request& request) { return answer(request); }),
      origin_("https://127.0.0.1:" + std::to_string(served_.port())) {
  add_version();
}

void FakeGcpKms::add_version() {
  const std::lock_guard lock(mutex_);
  versions_.emplace(1, Version{"ENABLED", keys::Xaes(keys::Secret::random(keys::kKeyBytes)), 0});
}

keys::GcpKmsOptions FakeGcpKms::options() const {
  keys::GcpKmsOptions out;
  out.key = key_;
  out.endpoint = out.metadata = origin_;
  out.trust = served_.certificate();
  out.limit = std::chrono::seconds(60);  // a slow machine is not what these tests are about
  return out;
}

keys::GcpKmsOptions FakeGcpKms::account_options() {
  auto out = options();
  out.credentials = account_file("account.json");
  out.metadata = "http://127.0.0.1:1";
  return out;
}

std::filesystem::path FakeGcpKms::account_file(std::string_view name, std::function<void(bj::object&)> change) {
  {
    const std::lock_guard lock(mutex_);
    if (!account_key_) account_key_.reset(EVP_RSA_gen(2048), EVP_PKEY_free);
  }
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(out.get(), account_key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* pem = nullptr;
  const long size = BIO_get_mem_data(out.get(), &pem);
  bj::object account{{"type", "service_account"},      {"project_id", "shop"},
                     {"private_key_id", "key-1"},      {"private_key", std::string(pem, static_cast<size_t>(size))},
                     {"client_email", kEmail},         {"client_id", "117"},
                     {"token_uri", origin_ + "/token"}};
  if (change) change(account);
  const auto file = folder_.path() / name;
  std::ofstream(file) << bj::serialize(account);
  return file;
}

void FakeGcpKms::make(Trouble trouble, int times, std::string_view kind) {
  const std::lock_guard lock(mutex_);
  if (trouble == Trouble::held) holding_ = true;
  for (int i = 0; i < times; ++i) troubles_.emplace_back(kind, trouble);
}

void FakeGcpKms::set_state(int64_t version, std::string state) {
  const std::lock_guard lock(mutex_);
  versions_.at(version).state = std::move(state);
}

std::string FakeGcpKms::state(int64_t version) {
  const std::lock_guard lock(mutex_);
  return versions_.at(version).state;
}

int64_t FakeGcpKms::primary() {
  const std::lock_guard lock(mutex_);
  return primary_;
}

std::string FakeGcpKms::make_token() {
  const std::string token = "ya29." + random_secret();
  const std::lock_guard lock(mutex_);
  tokens_.insert(token);
  return token;
}

std::vector<std::string> FakeGcpKms::faults() {
  const std::lock_guard lock(mutex_);
  return faults_;
}

int FakeGcpKms::asked(const std::string& what) {
  const std::lock_guard lock(mutex_);
  return asked_[what];
}

/// Of a request of the KMS, as asked() names it.
std::string FakeGcpKms::kind_of(const net::Request& request) const {
  const std::string prefix = "/v1/" + key_;
  if (!request.path.starts_with(prefix)) return {};
  const std::string rest = request.path.substr(prefix.size());
  if (rest.empty()) return "key";
  if (rest == kVersions) return request.method == net::Method::get ? "list" : "create";
  const size_t colon = rest.find(':');
  return colon == std::string::npos ? "version" : rest.substr(colon + 1);
}

std::optional<Trouble> FakeGcpKms::take_trouble(const net::Request& request) {
  if (!request.path.starts_with("/v1/")) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const std::string kind = kind_of(request);
  const auto found = std::find_if(troubles_.begin(), troubles_.end(),
                                  [&](const auto& one) { return one.first.empty() || one.first == kind; });
  if (found == troubles_.end()) return std::nullopt;
  const Trouble trouble = found->second;
  troubles_.erase(found);
  return trouble;
}

net::Task<net::Response> FakeGcpKms::answer(net::Request& request) {
  const std::optional<Trouble> trouble = take_trouble(request);
  const std::chrono::milliseconds tick(5);
  if (trouble == Trouble::held)
    while (holding_) co_await net::sleep(tick);
  const std::lock_guard lock(mutex_);
  try {
    co_return respond(request, trouble);
  } catch (const std::exception& e) {
    fault(request.path + ": " + e.what());
  }
  co_return refusal(400, "INVALID_ARGUMENT");
}

net::Response FakeGcpKms::respond(const net::Request& request, std::optional<Trouble> trouble) {
  if (request.path.starts_with("/computeMetadata/")) return machine_token(request);
  if (request.path == "/token") return account_token(request);
  if (!request.path.starts_with("/v1/")) fault(request.path);
  const std::string authorization(request.header("authorization"));
  if (!authorization.starts_with("Bearer ")) fault(request.path + ": no access token");
  if (trouble == Trouble::unauthenticated) tokens_.erase(authorization.substr(7));
  if (!authorization.starts_with("Bearer ") || !tokens_.contains(authorization.substr(7)))
    return refusal(401, "UNAUTHENTICATED");
  if (trouble == Trouble::quota) return refusal(429, "RESOURCE_EXHAUSTED");
  if (trouble == Trouble::forbidden) return refusal(403, "PERMISSION_DENIED");
  if (!request.path.starts_with("/v1/" + key_)) return refusal(404, "NOT_FOUND");
  ++asked_[kind_of(request)];
  auto answer = kms(request, std::string_view(request.path).substr(4 + key_.size()), trouble);
  return trouble == Trouble::late ? refusal(504, "DEADLINE_EXCEEDED") : std::move(answer);
}

net::Response FakeGcpKms::machine_token(const net::Request& request) {
  ++asked_["machine"];
  if (request.path != "/computeMetadata/v1/instance/service-accounts/default/token" ||
      request.method != net::Method::get || request.header("metadata-flavor") != "Google" || !request.query.empty()) {
    fault("metadata: " + request.path);
    return json_answer(403, {});
  }
  if (token_status_ != 200) return json_answer(token_status_, {});
  const std::string token = "ya29." + random_secret();
  tokens_.insert(token);
  return json_answer(200, {{"access_token", token}, {"expires_in", lifetime_.load()}, {"token_type", "Bearer"}});
}

/// RFC 7515 and RFC 7523, and what Google asks for besides.
void FakeGcpKms::verify_assertion(std::string_view assertion) {
  const auto parts = identity::split_compact(assertion);
  if (!parts) return fault("assertion");
  const auto header = bj::parse(parts->header).as_object(), claims = bj::parse(parts->payload).as_object();
  const auto bytes = [](std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); };
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, account_key_.get()) != 1 ||
      EVP_DigestVerify(context.get(), bytes(parts->signature), parts->signature.size(), bytes(parts->input),
                       parts->input.size()) != 1)
    fault("assertion: signature");
  if (header != bj::object{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "key-1"}}) fault("assertion: header");
  if (names_of(claims) != std::set<std::string>{"iss", "scope", "aud", "iat", "exp"}) fault("assertion: claims");
  if (json::text_of(claims, "iss") != kEmail) fault("assertion: iss");
  if (json::text_of(claims, "scope") != "https://www.googleapis.com/auth/cloudkms") fault("assertion: scope");
  if (json::text_of(claims, "aud") != origin_ + "/token") fault("assertion: aud");
  const int64_t at = now().micros / 1'000'000, iat = claims.at("iat").as_int64(), exp = claims.at("exp").as_int64();
  if (iat > at || iat < at - 300 || exp <= at || exp > iat + 3600) fault("assertion: iat, exp");
}

net::Response FakeGcpKms::account_token(const net::Request& request) {
  ++asked_["account"];
  const auto form = net::parse_query(request.body);
  if (request.method != net::Method::post || !form || form->size() != 2 ||
      request.header("content-type") != "application/x-www-form-urlencoded") {
    fault("token: form");
    return json_answer(400, {{"error", "invalid_request"}});
  }
  const std::map<std::string, std::string> fields(form->begin(), form->end());
  if (fields.at("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer") fault("token: grant_type");
  verify_assertion(fields.at("assertion"));
  if (token_status_ != 200) return json_answer(token_status_, {{"error", "invalid_grant"}});
  const std::string token = "ya29." + random_secret();
  tokens_.insert(token);
  return json_answer(200, {{"access_token", token}, {"expires_in", lifetime_.load()}, {"token_type", "Bearer"}});
}

net::Response FakeGcpKms::kms(const net::Request& request, std::string_view rest, std::optional<Trouble> trouble) {
  if (request.method == net::Method::get) {
    if (!request.body.empty()) fault("GET with a body");
    if (rest.empty()) return json_answer(200, describe_key());
    if (rest == kVersions) return list(request);
    return one(request, rest);
  }
  if (request.method != net::Method::post || request.header("content-type") != "application/json")
    fault("not a POST of JSON");
  const auto body = bj::parse(request.body).as_object();
  if (rest == ":encrypt") return encrypt(body, trouble);
  if (rest == ":decrypt") return decrypt(body, trouble);
  if (rest == ":updatePrimaryVersion") return make_primary(body);
  if (!body.empty()) fault(std::string(rest) + ": fields");
  if (rest == kVersions) return create();
  return one(request, rest);
}

/// The bytes of a member, if its checksum is there and theirs.
std::optional<std::string> FakeGcpKms::read_member(const bj::object& body, const std::string& name) {
  const bj::value* sum = body.if_contains(name + "Crc32c");
  const auto bytes = keys::from_base64(json::text_of(body, name));
  if (!bytes || !sum || !sum->is_string() || sum->get_string() != std::to_string(crc(bytes->view()))) {
    fault(name + ": checksum");
    return std::nullopt;
  }
  return std::string(bytes->view());
}

net::Response FakeGcpKms::encrypt(const bj::object& body, std::optional<Trouble> trouble) {
  if (names_of(body) != std::set<std::string>{"plaintext", "plaintextCrc32c", kAad, std::string(kAad) + "Crc32c"})
    fault("encrypt: fields");
  const auto plain = read_member(body, "plaintext"), aad = read_member(body, kAad);
  if (!plain || !aad) return refusal(400, "INVALID_ARGUMENT");
  const int64_t number = lagging_ > 0 ? before_ : primary_;
  lagging_ = std::max(0, lagging_ - 1);
  Version& version = versions_.at(number);
  if (version.state != "ENABLED") return refusal(400, "FAILED_PRECONDITION");
  std::string bytes(1, static_cast<char>(number));
  version.key.seal(bytes, *aad, *plain);
  const uint32_t sum = crc(bytes) + (trouble == Trouble::wrong_checksum ? 1 : 0);
  bj::object out{{"name", key_ + kVersions + "/" + std::to_string(number)},
                 {"ciphertext", to_base64(bytes)},
                 {"ciphertextCrc32c", std::to_string(sum)},
                 {"protectionLevel", "SOFTWARE"}};
  // proto3 leaves out what is false.
  if (trouble != Trouble::plain_unverified) out["verifiedPlaintextCrc32c"] = true;
  if (trouble != Trouble::aad_unverified) out["verifiedAdditionalAuthenticatedDataCrc32c"] = true;
  return json_answer(200, out);
}

net::Response FakeGcpKms::decrypt(const bj::object& body, std::optional<Trouble> trouble) {
  if (names_of(body) != std::set<std::string>{"ciphertext", "ciphertextCrc32c", kAad, std::string(kAad) + "Crc32c"})
    fault("decrypt: fields");
  const auto bytes = read_member(body, "ciphertext"), aad = read_member(body, kAad);
  if (!bytes || !aad || bytes->empty()) return refusal(400, "INVALID_ARGUMENT");
  const auto version = versions_.find(bytes->front());
  if (version == versions_.end()) return refusal(400, "INVALID_ARGUMENT");
  if (version->second.state != "ENABLED") return refusal(400, "FAILED_PRECONDITION");
  const auto plain = version->second.key.open(*aad, std::string_view(*bytes).substr(1));
  if (!plain) return refusal(400, "INVALID_ARGUMENT");
  const uint32_t sum = crc(*plain) + (trouble == Trouble::wrong_checksum ? 1 : 0);
  bj::object out{
      {"plaintext", to_base64(*plain)}, {"plaintextCrc32c", std::to_string(sum)}, {"protectionLevel", "SOFTWARE"}};
  if (version->first == primary_) out["usedPrimary"] = true;
  return json_answer(200, out);
}

bj::object FakeGcpKms::describe(int64_t number) {
  return {{"name", key_ + kVersions + "/" + std::to_string(number)},
          {"state", versions_.at(number).state},
          {"protectionLevel", "SOFTWARE"},
          {"algorithm", "GOOGLE_SYMMETRIC_ENCRYPTION"},
          {"createTime", "2026-03-0" + std::to_string(number) + "T10:20:30.123456789Z"}};
}

bj::object FakeGcpKms::describe_key() {
  return {{"name", key_}, {"primary", describe(primary_)}, {"purpose", "ENCRYPT_DECRYPT"}};
}

net::Response FakeGcpKms::list(const net::Request& request) {
  int64_t size = kMostOnAPage, from = 1;
  const auto query = net::parse_query(request.query).value();
  for (const auto& [name, value] : query) {
    if (name == "pageSize") size = std::min<int64_t>(size, std::stoll(value));
    else if (name == "pageToken" && value.starts_with("from+&=")) from = std::stoll(value.substr(7));
    else fault("list: " + name);
  }
  bj::array some;
  int64_t number = from;
  for (; versions_.contains(number) && number < from + size; ++number) some.push_back(describe(number));
  bj::object out{{"cryptoKeyVersions", some}, {"totalSize", versions_.size()}};
  if (versions_.contains(number)) out["nextPageToken"] = "from+&=" + std::to_string(number);
  return json_answer(200, out);
}

net::Response FakeGcpKms::one(const net::Request& request, std::string_view rest) {
  const std::string prefix = std::string(kVersions) + "/";
  const size_t colon = rest.find(':');
  const std::string action(colon == std::string_view::npos ? "" : rest.substr(colon));
  if (!rest.starts_with(prefix) || (request.method == net::Method::post ? action != ":destroy" : !action.empty())) {
    fault(request.path);
    return refusal(404, "NOT_FOUND");
  }
  const auto found = versions_.find(std::stoll(std::string(rest.substr(prefix.size()))));
  if (found == versions_.end()) return refusal(404, "NOT_FOUND");
  auto& [number, version] = *found;
  if (action.empty()) {
    if (version.state == "PENDING_GENERATION" && --version.pending <= 0) version.state = "ENABLED";
    return json_answer(200, describe(number));
  }
  if (version.state != "ENABLED" && version.state != "DISABLED") return refusal(400, "FAILED_PRECONDITION");
  version.state = "DESTROY_SCHEDULED";
  return json_answer(200, describe(number));
}

net::Response FakeGcpKms::create() {
  const int64_t number = versions_.rbegin()->first + 1;
  versions_.emplace(number, Version{pending_ > 0 ? "PENDING_GENERATION" : "ENABLED",
                                    keys::Xaes(keys::Secret::random(keys::kKeyBytes)), pending_});
  return json_answer(200, describe(number));
}

net::Response FakeGcpKms::make_primary(const bj::object& body) {
  if (names_of(body) != std::set<std::string>{"cryptoKeyVersionId"}) fault("update: fields");
  const int64_t number = std::stoll(std::string(json::text_of(body, "cryptoKeyVersionId")));
  if (!versions_.contains(number)) return refusal(404, "NOT_FOUND");
  if (versions_.at(number).state != "ENABLED") return refusal(400, "FAILED_PRECONDITION");
  before_ = std::exchange(primary_, number);
  lagging_ = lag_;
  return json_answer(200, describe_key());
}

PlainHttp::PlainHttp(std::string body) : body_(std::move(body)), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd_, generic, size) != 0 || ::listen(fd_, 8) != 0 || ::getsockname(fd_, generic, &size) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

PlainHttp::~PlainHttp() {
  ::shutdown(fd_, SHUT_RDWR);
  thread_.join();
  ::close(fd_);
}

void PlainHttp::serve() {
  for (int peer; (peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(peer)) {
    std::string head;
    std::array<char, 1024> buffer;
    ssize_t got = 1;
    while (head.find("\r\n\r\n") == std::string::npos && (got = ::recv(peer, buffer.data(), buffer.size(), 0)) > 0)
      head.append(buffer.data(), static_cast<size_t>(got));
    {
      const std::lock_guard lock(mutex_);
      asked_ = head;
    }
    const std::string answer =
        "HTTP/1.1 200 OK\r\nMetadata-Flavor: Google\r\nContent-Type: application/json\r\n"
        "Connection: close\r\nContent-Length: " +
        std::to_string(body_.size()) + "\r\n\r\n" + body_;
    ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
  }
}

std::string PlainHttp::asked() {
  const std::lock_guard lock(mutex_);
  return asked_;
}

}  // namespace cordon::testing
