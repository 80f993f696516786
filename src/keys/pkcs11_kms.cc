#include "keys/pkcs11_kms.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "keys/secret_file.h"

namespace cordon::keys {

namespace {

using Key = Pkcs11Token::Key;

std::string name_of(const Key& key) { return std::to_string(key.version); }

}  // namespace

Result<std::unique_ptr<Pkcs11Kms>> Pkcs11Kms::open(const std::string& uri, bool make) {
  auto place = read_pkcs11_uri(uri);
  if (!place) return std::unexpected(place.error());
  auto pin = read_secret_file(place->pin);
  if (!pin) return std::unexpected(pin.error());
  auto module = Pkcs11Module::load(place->module);
  if (!module) return std::unexpected(module.error());
  std::unique_ptr<Pkcs11Kms> kms(new Pkcs11Kms(std::move(*module), std::move(*place), std::move(*pin)));
  auto keys = kms->token_.keys();
  if (!keys) return std::unexpected(keys.error());
  if (keys->empty()) {
    if (!make) return fail(Code::not_found, "the token has no such key");
    if (auto made = kms->token_.generate(1); !made) return std::unexpected(made.error());
    kms->made_ = "1";
    log::info("made a key on the PKCS#11 token", {{"version", kms->made_}});
  }
  return kms;
}

template <class T>
net::Task<Result<T>> Pkcs11Kms::on_thread(std::function<Result<T>()> job) {
  std::optional<Result<T>> out;
  std::function<void()> work = [&] { out.emplace(job()); };
  auto ran = co_await thread_.run(std::move(work));
  if (!ran) co_return std::unexpected(ran.error());
  // A PIN that was good when we started, and is no longer.
  if (!*out && out->error().code == Code::invalid) out->error().code = Code::internal;
  co_return std::move(*out);
}

Result<Key> Pkcs11Kms::primary() {
  auto keys = token_.keys();
  if (!keys) return std::unexpected(keys.error());
  if (keys->empty()) return fail(Code::internal, "The token has no version of the key any more.");
  return keys->back();
}

net::Task<Result<Wrapped>> Pkcs11Kms::wrap(std::string_view plain, std::string_view aad) {
  if (plain.size() > kLongestWrapped) co_return fail(Code::internal, "A KMS wraps 1 KiB at most.");
  std::function<Result<Wrapped>()> job = [&]() -> Result<Wrapped> {
    const auto key = primary();
    if (!key) return std::unexpected(key.error());
    auto sealed = token_.encrypt(*key, plain, aad);
    if (!sealed) return std::unexpected(sealed.error());
    return Wrapped{name_of(*key), std::move(*sealed)};
  };
  co_return co_await on_thread(std::move(job));
}

net::Task<Result<Secret>> Pkcs11Kms::unwrap(const Wrapped& wrapped, std::string_view aad) {
  std::function<Result<Secret>()> job = [&]() -> Result<Secret> {
    const auto keys = token_.keys();
    if (!keys) return std::unexpected(keys.error());
    bool there = false;
    for (const Key& key : *keys) {
      if (name_of(key) != wrapped.version) continue;
      there = true;
      auto plain = token_.decrypt(key, wrapped.bytes, aad);
      if (!plain) return std::unexpected(plain.error());
      if (*plain) return std::move(**plain);
    }
    if (!there) return fail(Code::not_found, "That version of the key is not there any more.");
    return fail(Code::internal, "This is not what the token has wrapped.");
  };
  co_return co_await on_thread(std::move(job));
}

net::Task<Result<std::vector<KmsVersion>>> Pkcs11Kms::versions() {
  std::function<Result<std::vector<KmsVersion>>()> job = [&]() -> Result<std::vector<KmsVersion>> {
    const auto keys = token_.keys();
    if (!keys) return std::unexpected(keys.error());
    const auto destroyed = token_.destroyed();
    if (!destroyed) return std::unexpected(destroyed.error());
    std::map<uint32_t, VersionState> known;
    for (const uint32_t version : *destroyed) known[version] = VersionState::destroyed;
    for (const Key& key : *keys) known[key.version] = VersionState::enabled;
    if (!keys->empty()) known[keys->back().version] = VersionState::primary;
    std::vector<KmsVersion> out;
    for (const auto& [version, state] : known) out.push_back({std::to_string(version), state, std::nullopt});
    return out;
  };
  co_return co_await on_thread(std::move(job));
}

net::Task<Result<std::string>> Pkcs11Kms::rotate() {
  std::function<Result<std::string>()> job = [&]() -> Result<std::string> {
    const auto last = primary();
    if (!last) return std::unexpected(last.error());
    const auto made = token_.generate(last->version + 1);
    if (!made) return std::unexpected(made.error());
    return name_of(*made);
  };
  co_return co_await on_thread(std::move(job));
}

net::Task<Result<Done>> Pkcs11Kms::destroy(const std::string& version) {
  std::function<Result<Done>()> job = [&]() -> Result<Done> {
    auto keys = token_.keys();
    if (!keys) return std::unexpected(keys.error());
    if (!keys->empty() && name_of(keys->back()) == version)
      return fail(Code::conflict, "The primary version stays; make another one first.");
    const auto found = std::ranges::find(*keys, version, name_of);
    if (found == keys->end()) return fail(Code::not_found, "The token has no such version.");
    // Before the key goes: whoever is killed between the two comes again, and finds it.
    const uint32_t number = found->version;
    if (auto noted = token_.note_destroyed(number); !noted) {
      if (noted.error().code == Code::unavailable) return noted;
      log::warn("the PKCS#11 token keeps no word of what it has destroyed", {{"version", version}});
      if (keys = token_.keys(); !keys) return std::unexpected(keys.error());
    }
    for (const Key& key : *keys)
      if (key.version == number)
        if (auto done = token_.destroy(key); !done) return done;
    return Done{};
  };
  co_return co_await on_thread(std::move(job));
}

}  // namespace cordon::keys
