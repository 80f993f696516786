#include "keys/gcp_kms.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <future>
#include <thread>

#include "base/address.h"
#include "base/json.h"
#include "base/log.h"
#include "base/random.h"
#include "keys/checked.h"
#include "net/http.h"

namespace cordon::keys {

namespace bj = boost::json;
using json::text_of;

namespace {

constexpr int kMostPages = 100;

/// Whether each segment of a key's name is where it has to be, and is a name: an id of Google's, or a domain's project
/// ("example.com:shop").
bool is_key_name(std::string_view text) {
  const std::array<std::string_view, 4> kinds{"projects", "locations", "keyRings", "cryptoKeys"};
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (size_t i = 0; i < 8; ++i) {
    const size_t slash = text.find('/');
    const std::string_view segment = text.substr(0, slash);
    if ((slash == std::string_view::npos) != (i == 7)) return false;
    if (i % 2 == 0 && segment != kinds[i / 2]) return false;
    const auto allowed = [&](char c) { return letter(c) || c == '-' || (i == 1 && (c == '.' || c == ':')); };
    if (segment.empty() || !letter(segment[0]) || !std::all_of(segment.begin(), segment.end(), allowed)) return false;
    text.remove_prefix(i == 7 ? text.size() : slash + 1);
  }
  return true;
}

/// The number of a version as its name has it; 0 for anything else.
int64_t number_of(std::string_view digits) {
  int64_t out = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  const bool whole = ec == std::errc() && end == digits.data() + digits.size() && digits[0] != '0';
  return whole && out > 0 ? out : 0;
}
/// "3" of "projects/.../cryptoKeyVersions/3"; empty if `name` is not one of `key`'s versions.
std::string version_of(std::string_view name, const std::string& key) {
  const std::string prefix = key + "/cryptoKeyVersions/";
  if (!name.starts_with(prefix) || number_of(name.substr(prefix.size())) == 0) return {};
  return std::string(name.substr(prefix.size()));
}

/// A body of members that carry bytes, each with its checksum, which JSON has as text as it has every 64-bit integer
/// (proto3's JSON mapping). Leaves no bytes behind but in the body.
std::string body_of(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string out;
  out.reserve(8 << 10);
  for (const auto& [name, bytes] : members) {
    std::string text = to_base64(bytes);
    out += out.empty() ? "{" : ",";
    out.append("\"").append(name).append("\":\"").append(text);
    out.append("\",\"").append(name).append("Crc32c\":\"").append(std::to_string(crc32c(bytes))).append("\"");
    OPENSSL_cleanse(text.data(), text.size());
  }
  out += "}";
  return out;
}
/// One of them read; nullopt if they do not agree. No bytes may be left out, but not their checksum.
std::optional<Secret> read_member(const bj::object& from, const std::string& name) {
  const bj::value* sum = from.if_contains(name + "Crc32c");
  auto bytes = from_base64(text_of(from, name));
  if (!bytes || !sum) return std::nullopt;
  const std::string said = sum->is_string()  ? std::string(sum->get_string())
                           : sum->is_int64() ? std::to_string(sum->get_int64())
                                             : std::string();
  if (said != std::to_string(crc32c(bytes->view()))) return std::nullopt;
  return bytes;
}
bool is_true(const bj::object& from, std::string_view name) {
  const bj::value* found = from.if_contains(name);
  return found && found->is_bool() && found->get_bool();
}

/// Google's states (CryptoKeyVersionState). One that is still being made opens nothing yet, one whose making failed
/// never will.
VersionState state_of(std::string_view google) {
  if (google == "ENABLED") return VersionState::enabled;
  if (google == "DISABLED" || google == "PENDING_GENERATION" || google == "PENDING_IMPORT")
    return VersionState::disabled;
  return VersionState::destroyed;
}

/// Google's times have nanoseconds.
std::optional<Time> time_of(std::string text) {
  const size_t dot = text.find('.');
  if (dot != std::string::npos && text.ends_with('Z') && text.size() > dot + 8)
    text.erase(dot + 7, text.size() - dot - 8);
  return parse_time(text);
}

/// The reactor that waits for what this thread does.
thread_local net::Reactor* asking_reactor = nullptr;

net::Task<void> record_for_thread(BeforeAsk before, KmsAsk ask, std::shared_ptr<std::promise<Result<Done>>> told) {
  auto outcome = co_await net::caught(before(std::move(ask)));
  told->set_value(std::move(outcome));
}

/// Has the reactor that waits for this thread put it on record, and waits for that. No reactor is held up meanwhile, and
/// recording this asks no KMS.
Result<Done> record_from_thread(const BeforeAsk& before, const KmsAsk& ask, Deadline until) {
  auto told = std::make_shared<std::promise<Result<Done>>>();
  auto outcome = told->get_future();
  asking_reactor->post([=, reactor = asking_reactor] { reactor->spawn(record_for_thread(before, ask, told)); });
  if (outcome.wait_until(until) == std::future_status::ready) return outcome.get();
  return fail(Code::unavailable, "The audit log cannot be written right now; try again.");
}

/// What Kms says where Google has refused something that has nothing to do with one version.
std::unexpected<Error> as_ours(Error error) {
  if (error.code != Code::unavailable) error.code = Code::internal;
  return std::unexpected(std::move(error));
}

}  // namespace

Result<GcpKmsOptions> read_gcp_kms_url(const KmsUrl& url) {
  GcpKmsOptions out;
  out.key = url.path;
  if (!is_key_name(out.key))
    return fail(Code::invalid, "Google's KMS is named gcp-kms:projects/P/locations/L/keyRings/R/cryptoKeys/K");
  for (const auto& [name, value] : url.parameters) {
    if (name == "endpoint") out.endpoint = value;
    else if (name == "trust") out.trust = value;
    else if (name == "credentials") out.credentials = value;
    else if (name == "metadata") out.metadata = value;
    else return fail(Code::invalid, "gcp-kms: has no parameter " + name);
  }
  if (!is_origin(out.endpoint) || !out.endpoint.starts_with("https://") || !is_origin(out.metadata))
    return fail(Code::invalid, "endpoint and metadata are https://host or https://host:port");
  return out;
}

GcpKms::GcpKms(GcpKmsOptions options, std::optional<ServiceAccount> account)
    : options_(std::move(options)),
      http_(options_.trust),
      token_(http_, std::move(account), options_.metadata),
      api_(http_, token_, options_.endpoint, options_.limit) {}

Result<std::unique_ptr<GcpKms>> GcpKms::open(GcpKmsOptions options) {
  std::optional<ServiceAccount> account;
  if (!options.credentials.empty()) {
    auto read = read_service_account(options.credentials);
    if (!read) return std::unexpected(read.error());
    account = std::move(*read);
  }
  return std::unique_ptr<GcpKms>(new GcpKms(std::move(options), std::move(account)));
}

template <class T>
net::Task<Result<T>> GcpKms::on_thread(std::function<Result<T>()> job) {
  std::optional<Result<T>> out;
  std::function<void()> work = [&, reactor = &net::Reactor::current()] {
    asking_reactor = reactor;
    out.emplace(job());
  };
  auto ran = co_await threads_.run(std::move(work));
  if (!ran) co_return std::unexpected(ran.error());
  co_return std::move(*out);
}

void GcpKms::before_asking_others(BeforeAsk before) {
  token_.before_asking = [before = std::move(before)](const std::string& url, Deadline until) {
    KmsAsk ask;
    ask.what = url;
    return record_from_thread(before, ask, until);
  };
}

net::Task<Result<Wrapped>> GcpKms::wrap(std::string_view plain, std::string_view aad) {
  if (plain.size() > kLongestWrapped) co_return fail(Code::internal, "A KMS wraps 1 KiB at most.");
  std::function<Result<Wrapped>()> job = [&]() -> Result<Wrapped> {
    Wrapped out;
    GoogleAsk ask{"encrypt", path(":encrypt"), {}, {}};
    ask.body = body_of({{"plaintext", plain}, {"additionalAuthenticatedData", aad}});
    ask.sound = [&](const bj::object& answer) {
      const auto bytes = read_member(answer, "ciphertext");
      out.version = version_of(text_of(answer, "name"), options_.key);
      if (bytes) out.bytes = bytes->view();
      return !out.bytes.empty() && !out.version.empty() && is_true(answer, "verifiedPlaintextCrc32c") &&
             is_true(answer, "verifiedAdditionalAuthenticatedDataCrc32c");
    };
    const auto answer = api_.call(std::move(ask));
    if (!answer) return as_ours(answer.error());
    return out;
  };
  co_return co_await on_thread(std::move(job));
}

net::Task<Result<Secret>> GcpKms::unwrap(const Wrapped& wrapped, std::string_view aad) {
  std::function<Result<Secret>()> job = [&]() -> Result<Secret> {
    std::optional<Secret> plain;
    GoogleAsk ask{"decrypt", path(":decrypt"), {}, {}};
    ask.body = body_of({{"ciphertext", wrapped.bytes}, {"additionalAuthenticatedData", aad}});
    ask.sound = [&](bj::object& answer) {
      plain = read_member(answer, "plaintext");
      if (bj::value* text = answer.if_contains("plaintext"); text && text->is_string())
        OPENSSL_cleanse(text->get_string().data(), text->get_string().size());
      return plain.has_value();
    };
    const auto answer = api_.call(std::move(ask));
    if (answer) return std::move(*plain);
    const Code code = answer.error().code;
    if (code == Code::not_found || code == Code::conflict)
      return fail(Code::not_found, "That version of the key is not there any more.");
    if (code == Code::invalid) return fail(Code::internal, "This is not what Google has wrapped.");
    return std::unexpected(answer.error());
  };
  co_return co_await on_thread(std::move(job));
}

/// The primary version's number; empty if there is none that closes.
Result<std::string> GcpKms::primary() {
  const auto key = api_.call({"get the key", path(""), {}, {}});
  if (!key) return as_ours(key.error());
  const bj::object* version = json::object_of(*key, "primary");
  if (!version || text_of(*version, "state") != "ENABLED") return std::string();
  return version_of(text_of(*version, "name"), options_.key);
}

/// All versions, oldest first.
Result<std::vector<KmsVersion>> GcpKms::list() {
  const auto first = primary();
  if (!first) return std::unexpected(first.error());
  std::vector<KmsVersion> out;
  std::string token;
  for (int page = 0; page == 0 || !token.empty(); ++page) {
    std::vector<net::Header> query{{"pageSize", "100"}};
    if (!token.empty()) query.emplace_back("pageToken", token);
    const auto answer =
        api_.call({"list the key's versions", path("/cryptoKeyVersions?" + net::write_query(query)), {}, {}});
    if (!answer) return as_ours(answer.error());
    const bj::value* listed = answer->if_contains("cryptoKeyVersions");
    const bj::array none;
    for (const bj::value& one : listed && listed->is_array() ? listed->get_array() : none) {
      if (!one.is_object()) continue;
      const std::string name = version_of(text_of(one.get_object(), "name"), options_.key);
      if (name.empty()) continue;
      const VersionState state = name == *first ? VersionState::primary : state_of(text_of(one.get_object(), "state"));
      out.push_back({name, state, time_of(std::string(text_of(one.get_object(), "createTime")))});
    }
    token = text_of(*answer, "nextPageToken");
    if (page == kMostPages) return fail(Code::internal, "Google's list of versions has no end.");
  }
  std::sort(out.begin(), out.end(),
            [](const KmsVersion& a, const KmsVersion& b) { return number_of(a.name) < number_of(b.name); });
  return out;
}

net::Task<Result<std::vector<KmsVersion>>> GcpKms::versions() {
  std::function<Result<std::vector<KmsVersion>>()> job = [this] { return list(); };
  co_return co_await on_thread(std::move(job));
}

/// A version in a hardware module takes its time to be made.
Result<Done> GcpKms::wait_until_enabled(const std::string& version) {
  const Deadline until = std::chrono::steady_clock::now() + 6 * options_.limit;
  for (std::chrono::milliseconds pause{50};; pause = std::min(pause * 2, std::chrono::milliseconds(1000))) {
    const auto found = api_.call({"get a version", path("/cryptoKeyVersions/" + version), {}, {}});
    if (!found) return as_ours(found.error());
    const std::string_view state = text_of(*found, "state");
    if (state == "ENABLED") return Done{};
    if (state != "PENDING_GENERATION") return fail(Code::internal, "Google could not make a version.");
    if (std::chrono::steady_clock::now() + pause > until) break;
    std::this_thread::sleep_for(pause);
  }
  log::warn("Google is still making a version, which is not primary yet", {{"version", version}});
  return fail(Code::unavailable, "The new version of the key is not ready yet; try again.");
}

/// The version that rotate() makes primary: another one, or what it has made since `begun` was the newest and not got
/// to make primary, be it that it never heard of it. Never one that was primary: what has to go may be closed with it.
Result<std::string> GcpKms::next_version(std::optional<int64_t>& begun) {
  const auto known = list();
  if (!known) return std::unexpected(known.error());
  const int64_t newest = known->empty() ? 0 : number_of(known->back().name);
  const bool unused =
      newest > 0 && known->back().state != VersionState::primary && known->back().state != VersionState::destroyed;
  if (begun && newest > *begun && unused) return known->back().name;
  begun = newest;
  GoogleAsk create{"create a version", path("/cryptoKeyVersions"), "{}", {}};
  create.repeatable = false;
  const auto made = api_.call(std::move(create));
  if (!made) return as_ours(made.error());
  std::string version = version_of(text_of(*made, "name"), options_.key);
  if (version.empty()) return fail(Code::internal, "Google made a version without a name.");
  return version;
}

net::Task<Result<std::string>> GcpKms::rotate() {
  std::optional<int64_t> begun = std::exchange(rotating_from_, std::nullopt);
  std::function<Result<std::string>()> job = [&]() -> Result<std::string> {
    const auto version = next_version(begun);
    if (!version) return version;
    if (auto ready = wait_until_enabled(*version); !ready) {
      if (ready.error().code != Code::unavailable) begun.reset();
      return std::unexpected(ready.error());
    }
    const auto done = api_.call(
        {"make a version primary", path(":updatePrimaryVersion"), R"({"cryptoKeyVersionId":")" + *version + "\"}", {}});
    if (!done) return as_ours(done.error());
    return version;
  };
  auto made = co_await on_thread(std::move(job));
  if (!made) rotating_from_ = begun;
  co_return made;
}

net::Task<Result<Done>> GcpKms::destroy(const std::string& version) {
  std::function<Result<Done>()> job = [&]() -> Result<Done> {
    if (number_of(version) == 0) return fail(Code::not_found, "Google has no such version.");
    const auto first = primary();
    if (!first) return std::unexpected(first.error());
    if (*first == version) return fail(Code::conflict, "The primary version stays; make another one first.");
    const std::string its_path = path("/cryptoKeyVersions/" + version);
    const auto done = api_.call({"destroy a version", its_path + ":destroy", "{}", {}});
    if (done) return Done{};
    if (done.error().code == Code::not_found) return fail(Code::not_found, "Google has no such version.");
    if (done.error().code != Code::conflict) return as_ours(done.error());
    // Perhaps it was destroyed before, and be it by our own first asking.
    const auto found = api_.call({"get a version", its_path, {}, {}});
    if (!found) return as_ours(found.error());
    if (state_of(text_of(*found, "state")) != VersionState::destroyed) return as_ours(done.error());
    return Done{};
  };
  co_return co_await on_thread(std::move(job));
}

}  // namespace cordon::keys
