// Against SoftHSM, with OpenSC's pkcs11-tool as another process on the same tokens, and SoftHSM's own tools beside it.
#include "keys/pkcs11_kms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "keys/secret_file.h"
#include "support/served.h"

namespace cordon::keys {
namespace {

using testing::must;
using testing::run;
using testing::TemporaryFolder;

constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";
constexpr const char* kPin = "314159";

/// Runs a shell's words to their end; what they wrote. Throws if they failed.
std::string shell(const std::string& words) {
  std::unique_ptr<FILE, int (*)(FILE*)> out(::popen((words + " 2>&1").c_str(), "r"), ::pclose);
  std::string text;
  std::array<char, 4096> buffer;
  while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), out.get())) text.append(buffer.data(), got);
  if (::pclose(out.release()) != 0) throw std::runtime_error(words + ": " + text);
  return text;
}

/// The program's one SoftHSM with a token for each test: a module reads its settings, and which tokens there are, once.
class SoftHsm {
 public:
  static SoftHsm& shared() {
    static SoftHsm made;
    return made;
  }
  std::string file(const std::string& name, std::string_view text) const {
    std::ofstream(folder_.path() / name) << text;
    return (folder_.path() / name).string();
  }
  /// A file with every token's PIN.
  const std::string& pin() const { return pin_; }
  /// A token's files, one for each of its objects, as softhsm2-dump-file shows them.
  std::vector<std::string> dumps(const std::string& label) const {
    const std::string slots = shell("softhsm2-util --show-slots");
    const std::regex of_it(
        R"(Serial number:\s+(\w{4})(\w{12})\s+Initialized:\s+yes\s+User PIN init\.:\s+yes\s+Label:\s+)" + label +
        R"(\s)");
    std::smatch serial;
    if (!std::regex_search(slots, serial, of_it)) throw std::runtime_error("no token " + label + ": " + slots);
    std::vector<std::string> out;
    for (const auto& token : std::filesystem::directory_iterator(tokens_))
      if (token.path().string().ends_with(serial.str(1) + "-" + serial.str(2)))
        for (const auto& one : std::filesystem::directory_iterator(token.path()))
          if (one.path().extension() == ".object" && one.path().filename() != "token.object")
            out.push_back(shell("softhsm2-dump-file " + one.path().string() + " || true"));  // it never ends with 0
    return out;
  }

 private:
  SoftHsm() {
    std::filesystem::create_directory(tokens_);
    const std::string settings =
        file("softhsm2.conf", "directories.tokendir = " + tokens_.string() + "\nlog.level = ERROR\n");
    ::setenv("SOFTHSM2_CONF", settings.c_str(), 1);
    pin_ = file("pin", std::string(kPin) + "\n");
    for (const char* label :
         {"rotation", "aad", "sensitive", "shared", "twins", "removed", "planted", "lost", "pin", "uri"})
      shell(std::string("softhsm2-util --init-token --free --so-pin 0000000 --pin ") + kPin + " --label " + label);
  }
  TemporaryFolder folder_;
  std::filesystem::path tokens_ = folder_.path() / "tokens";
  std::string pin_;
};

/// One of its tokens.
class Token {
 public:
  explicit Token(std::string label) : label_(std::move(label)) {}
  std::string uri(const std::string& pin = SoftHsm::shared().pin()) const {
    return "pkcs11:token=" + label_ + ";object=kms?module-path=" + kModule + "&pin-source=" + pin;
  }
  std::unique_ptr<Pkcs11Kms> open() const { return must(Pkcs11Kms::open(uri())); }
  /// Another process on the token.
  std::string tool(const std::string& arguments) const {
    return shell(std::string("pkcs11-tool --module ") + kModule + " --token-label " + label_ + " --login --pin " +
                 kPin + " " + arguments);
  }

 private:
  std::string label_;
};

size_t count(std::string_view text, std::string_view what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST(Pkcs11Kms, KeepsAnOldVersionUntilItIsDestroyed) {
  const Token token("rotation");
  EXPECT_EQ(Pkcs11Kms::open(token.uri(), false).error().code, Code::not_found);
  run([&]() -> net::Task<void> {
    auto kms = token.open();
    const Wrapped old = must(co_await kms->wrap("a tenant's key", "tenant 1"));
    EXPECT_EQ(old.version, "1");
    EXPECT_EQ(old.bytes.find("a tenant's key"), std::string::npos);
    EXPECT_EQ(must(co_await kms->rotate()), "2");
    const Wrapped fresh = must(co_await kms->wrap("a tenant's key", "tenant 1"));
    EXPECT_EQ(fresh.version, "2");
    EXPECT_EQ(must(co_await kms->unwrap(old, "tenant 1")).view(), "a tenant's key");
    EXPECT_EQ((co_await kms->destroy("2")).error().code, Code::conflict);
    EXPECT_EQ((co_await kms->destroy("7")).error().code, Code::not_found);
    must(co_await kms->destroy("1"));
    EXPECT_EQ((co_await kms->unwrap(old, "tenant 1")).error().code, Code::not_found);
    EXPECT_EQ(must(co_await kms->unwrap(fresh, "tenant 1")).view(), "a tenant's key");
    const auto versions = must(co_await kms->versions());
    EXPECT_EQ(versions.size(), 2u);
    EXPECT_EQ(versions.front().name, "1");
    EXPECT_EQ(versions.front().state, VersionState::destroyed) << "it is the token that says so, not that it has none";
    EXPECT_EQ(versions.back().name, "2");
    EXPECT_EQ(versions.back().state, VersionState::primary);
  });
  const std::string word = token.tool("--list-objects --type data");
  EXPECT_THAT(word, ::testing::HasSubstr("'cordon: destroyed'"));
}

TEST(Pkcs11Kms, CallsNothingDestroyedThatItHasNotDestroyed) {
  const Token token("removed");
  run([&]() -> net::Task<void> {
    auto kms = token.open();
    must(co_await kms->rotate());
    token.tool("--delete-object --type secrkey --id 00000001");
    const auto removed = must(co_await kms->versions());
    EXPECT_EQ(removed.size(), 1u) << "perhaps the key is on another token";
    EXPECT_EQ(removed.front().name, "2");
    // Killed between leaving word and the end of the key: the key counts, and can be destroyed again.
    must(co_await kms->rotate());
    must(Pkcs11Token(must(Pkcs11Module::load(kModule)), must(read_pkcs11_uri(token.uri())),
                     must(read_secret_file(SoftHsm::shared().pin())))
             .note_destroyed(2));
    EXPECT_EQ(must(co_await kms->versions()).front().state, VersionState::enabled);
    must(co_await kms->destroy("2"));
    const auto left = must(co_await kms->versions());
    EXPECT_EQ(left.size(), 2u);
    EXPECT_EQ(left.front().state, VersionState::destroyed);
  });
}

TEST(Pkcs11Kms, OpensOnlyWhatItWrappedForTheSame) {
  const Token token("aad");
  run([&]() -> net::Task<void> {
    auto kms = token.open();
    const Wrapped wrapped = must(co_await kms->wrap("key", "tenant 1"));
    EXPECT_NE(must(co_await kms->wrap("key", "tenant 1")).bytes, wrapped.bytes);
    EXPECT_EQ((co_await kms->unwrap(wrapped, "tenant 2")).error().code, Code::internal);
    for (size_t i = 0; i < wrapped.bytes.size(); ++i) {
      Wrapped changed = wrapped;
      changed.bytes[i] = static_cast<char>(changed.bytes[i] ^ 1);
      EXPECT_EQ((co_await kms->unwrap(changed, "tenant 1")).error().code, Code::internal) << i;
    }
    const Wrapped nothing{"1", {}}, other{"2", wrapped.bytes};
    EXPECT_EQ((co_await kms->unwrap(nothing, "tenant 1")).error().code, Code::internal);
    EXPECT_EQ((co_await kms->unwrap(other, "tenant 1")).error().code, Code::not_found);
    EXPECT_EQ(must(co_await kms->unwrap(wrapped, "tenant 1")).view(), "key");
    const std::string long_key(1025, 'x');
    EXPECT_FALSE(co_await kms->wrap(long_key, "tenant 1"));
    const std::string longest(1024, 'x');
    const Wrapped most = must(co_await kms->wrap(longest, {}));
    EXPECT_EQ(must(co_await kms->unwrap(most, {})).view(), longest);
  });
}

/// What a dump says of an attribute: the two lines after its name, its type and its value or length.
std::string told_of(const std::string& dump, const std::string& attribute) {
  const size_t at = dump.find(" " + attribute + "\n");
  if (at == std::string::npos) return {};
  const size_t from = dump.find('\n', at) + 1;
  return dump.substr(from, dump.find('\n', dump.find('\n', from) + 1) - from);
}

TEST(Pkcs11Kms, KeysDoNotLeaveTheToken) {
  const Token token("sensitive");
  run([&]() -> net::Task<void> {
    auto kms = token.open();
    must(co_await kms->rotate());
  });
  const std::string listed = token.tool("--list-objects --type secrkey");
  EXPECT_EQ(count(listed, "Secret Key Object; AES length 32"), 2u) << listed;
  EXPECT_EQ(count(listed, "label:      kms"), 2u) << listed;
  EXPECT_NE(listed.find("ID:         00000001"), std::string::npos) << listed;
  EXPECT_NE(listed.find("ID:         00000002"), std::string::npos) << listed;
  EXPECT_EQ(count(listed, "Access:     sensitive, always sensitive, never extractable, local"), 2u) << listed;
  const std::vector<std::string> dumps = SoftHsm::shared().dumps("sensitive");
  EXPECT_EQ(dumps.size(), 2u);
  for (const std::string& dump : dumps) {
    using ::testing::HasSubstr;
    EXPECT_THAT(dump, HasSubstr(" CKO_SECRET_KEY\n"));
    EXPECT_THAT(dump, HasSubstr(" CKK_AES\n"));
    EXPECT_THAT(told_of(dump, "CKA_PRIVATE"), HasSubstr("TRUE"));
    EXPECT_THAT(told_of(dump, "CKA_SENSITIVE"), HasSubstr("TRUE"));
    EXPECT_THAT(told_of(dump, "CKA_EXTRACTABLE"), HasSubstr("FALSE"));
    EXPECT_THAT(told_of(dump, "CKA_VALUE_LEN"), HasSubstr("32(0x20)"));
    // An IV and padded blocks under the token's own key, which the PIN opens: in the clear they would be 32 bytes.
    EXPECT_THAT(told_of(dump, "CKA_VALUE"), HasSubstr("(length 64)"));
    EXPECT_THAT(told_of(dump, "CKA_LABEL"), ::testing::Not(HasSubstr("(length 3)"))) << "as private as the value";
  }
}

TEST(Pkcs11Kms, SeesWhatAnotherProcessChanged) {
  const Token token("shared");
  run([&]() -> net::Task<void> {
    auto one = token.open(), other = token.open();
    const Wrapped old = must(co_await one->wrap("key", "aad"));
    EXPECT_EQ(must(co_await other->rotate()), "2");
    const Wrapped fresh = must(co_await other->wrap("key", "aad"));
    EXPECT_EQ(must(co_await one->unwrap(fresh, "aad")).view(), "key");
    token.tool("--keygen --key-type AES:32 --label kms --id 00000003 --sensitive");
    EXPECT_EQ(must(co_await one->wrap("key", "aad")).version, "3");
    token.tool("--delete-object --type secrkey --id 00000001");
    EXPECT_EQ((co_await other->unwrap(old, "aad")).error().code, Code::not_found);
    EXPECT_EQ(must(co_await other->unwrap(fresh, "aad")).view(), "key");
  });
}

TEST(Pkcs11Kms, OpensWhatEitherOfTwoKeysOfOneNumberClosed) {
  const Token token("twins");
  run([&]() -> net::Task<void> {
    auto kms = token.open();
    const Wrapped first = must(co_await kms->wrap("key", "aad"));
    token.tool("--keygen --key-type AES:32 --label kms --id 00000001 --sensitive");
    token.tool("--keygen --key-type AES:32 --label kms --id 00000001 --sensitive");
    const Wrapped second = must(co_await kms->wrap("key", "aad"));
    EXPECT_EQ(must(co_await kms->versions()).size(), 1u);
    EXPECT_EQ(must(co_await kms->unwrap(first, "aad")).view(), "key");
    EXPECT_EQ(must(co_await kms->unwrap(second, "aad")).view(), "key");
    must(co_await kms->rotate());
    must(co_await kms->destroy("1"));
    EXPECT_EQ((co_await kms->unwrap(first, "aad")).error().code, Code::not_found);
    EXPECT_EQ((co_await kms->unwrap(second, "aad")).error().code, Code::not_found);
  });
}

TEST(Pkcs11Kms, RefusesAKeyThatCouldLeaveTheToken) {
  const Token token("planted");
  run([&]() -> net::Task<void> {
    auto kms = token.open();
    token.tool("--keygen --key-type AES:32 --label kms --id 00000002 --extractable");
    EXPECT_EQ((co_await kms->wrap("key", "aad")).error().code, Code::internal);
    token.tool("--delete-object --type secrkey --id 00000002");
    must(co_await kms->wrap("key", "aad"));
  });
}

TEST(Pkcs11Kms, GoesOnAfterItsSessionWasLost) {
  const Token token("lost");
  run([&]() -> net::Task<void> {
    auto kms = token.open();
    const Wrapped wrapped = must(co_await kms->wrap("key", "aad"));
    auto module = must(Pkcs11Module::load(kModule));
    std::array<CK_SLOT_ID, 64> slots;
    CK_ULONG number = slots.size();
    EXPECT_EQ((*module)->C_GetSlotList(CK_TRUE, slots.data(), &number), CKR_OK);
    for (CK_ULONG i = 0; i < number; ++i) (*module)->C_CloseAllSessions(slots[i]);
    EXPECT_EQ((co_await kms->unwrap(wrapped, "aad")).error().code, Code::unavailable);
    EXPECT_EQ(must(co_await kms->unwrap(wrapped, "aad")).view(), "key");
  });
}

TEST(Pkcs11Kms, WantsTheTokensPin) {
  const Token token("pin");
  const std::string wrong = SoftHsm::shared().file("wrong.pin", "271828\n");
  const std::string empty = SoftHsm::shared().file("empty.pin", "\n");
  EXPECT_EQ(Pkcs11Kms::open(token.uri(wrong)).error().code, Code::invalid);
  EXPECT_EQ(Pkcs11Kms::open(token.uri(empty)).error().code, Code::invalid);
  EXPECT_EQ(Pkcs11Kms::open(token.uri("/nowhere/pin")).error().code, Code::invalid);
  {
    const auto kms = token.open();
    const std::string another = SoftHsm::shared().file("another.pin", "161803\n");
    EXPECT_EQ(Pkcs11Kms::open(token.uri(another)).error().code, Code::invalid) << "the token is logged in already";
    EXPECT_TRUE(Pkcs11Kms::open(token.uri("file:" + SoftHsm::shared().pin())));
  }
  EXPECT_TRUE(Pkcs11Kms::open(token.uri()));
}

TEST(Pkcs11Kms, RefusesAUriThatDoesNotSayEnoughOrTooMuch) {
  const Token token("uri");
  const std::string good = token.uri();
  EXPECT_TRUE(open_kms(good, {}));
  const auto without = [&](const std::string& part) {
    std::string out = good;
    return out.replace(out.find(part), part.size(), "");
  };
  for (const std::string& bad :
       {good + "&pin-value=314159", good + ";id=%01", without("token=uri;"), without(";object=kms"),
        without("&pin-source=" + SoftHsm::shared().pin()), without(std::string("module-path=") + kModule + "&"),
        std::string("pkcs11:token=%zz;object=kms"), "pkcs11:colour=red;" + good.substr(7),
        "pkcs11:token=uri;object=kms;id=%01" + good.substr(good.find('?'))})
    EXPECT_EQ(open_kms(bad, {}).error().code, Code::invalid) << bad;
  const std::string away = "pkcs11:token=elsewhere" + good.substr(good.find(";object"));
  EXPECT_EQ(open_kms(away, {}).error().code, Code::unavailable);
  const std::string no_module =
      "pkcs11:token=uri;object=kms?module-path=/etc/passwd&pin-source=" + SoftHsm::shared().pin();
  EXPECT_EQ(open_kms(no_module, {}).error().code, Code::invalid);
}

}  // namespace
}  // namespace cordon::keys
