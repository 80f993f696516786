// Policies as the specification has them, and what is wrong with a line of one.
#include "audit/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/signing_key.h"
#include "support/world.h"

namespace cordon::audit {
namespace {

using ::testing::HasSubstr;
using testing::must;

VerifierKey witness(char byte) {
  return {std::string("w/") + byte, SignatureType::cosignature, testing::signing_key(byte).public_key()};
}
std::string log_key() {
  return VerifierKey{"log.example", SignatureType::ed25519, testing::signing_key('l').public_key()}.text();
}

/// "witness X1 KEY" for each name, whose last letter is its key's.
std::string witnesses(const std::string& letters) {
  std::string out;
  for (const char letter : letters)
    out += std::string("witness ") + letter + " " + witness(letter).text() + " https://w.example/" + letter + "\n";
  return out;
}

/// A checkpoint that these have cosigned.
Note cosigned(const std::string& letters) {
  const std::string text = Checkpoint{"log.example", 3, leaf_hash("x")}.to_text();
  std::string note = text + "\n" + signature_line("log.example", testing::signing_key('l'), text);
  for (const char letter : letters)
    note += cosignature_line(witness(letter).name, testing::signing_key(letter), 1'700'000'000, text);
  return must(Note::parse(note));
}

TEST(Policy, AsksForItsQuorum) {
  // The specification's own example: two of three X, and any Y.
  const auto policy = must(Policy::parse("# who is asked\n\n\tlog " + log_key() + " \n" + witnesses("abcxyz") +
                                         "group X-witnesses 2 a b c\ngroup Y-witnesses any x y z\n"
                                         "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"));
  ASSERT_EQ(policy.logs().size(), 1);
  EXPECT_EQ(policy.logs()[0].text(), log_key());
  ASSERT_EQ(policy.witnesses().size(), 6);
  EXPECT_EQ(policy.witnesses()[1].url, "https://w.example/b");
  EXPECT_EQ(policy.witnesses()[1].line, 5);
  for (const char* enough : {"abx", "bcz", "abcxyz"})
    EXPECT_TRUE(policy.quorum_has_cosigned(cosigned(enough))) << enough;
  for (const char* less : {"", "ab", "abc", "ax", "xyz"})
    EXPECT_FALSE(policy.quorum_has_cosigned(cosigned(less))) << less;
  Note forged = cosigned("abx");
  forged.signatures.back().bytes[20] ^= 1;
  EXPECT_FALSE(policy.quorum_has_cosigned(forged));
}

TEST(Policy, MayAskForOneOrForNobody) {
  const auto one = must(Policy::parse(witnesses("ab") + "quorum b"));
  EXPECT_TRUE(one.quorum_has_cosigned(cosigned("b")));
  EXPECT_FALSE(one.quorum_has_cosigned(cosigned("a")));
  EXPECT_TRUE(must(Policy::parse("quorum none\n")).quorum_has_cosigned(cosigned("")));
}

TEST(Policy, SaysWhichLineIsWrong) {
  const auto why = [](const std::string& text) {
    const auto policy = Policy::parse(text);
    return policy ? "it is taken" : policy.error().detail;
  };
  const std::string two = witnesses("ab");
  EXPECT_THAT(why(two), HasSubstr("no quorum line"));
  for (const auto& [line, what] : std::vector<std::pair<std::string, std::string>>{
           {"witnesses a", "none of log, witness, group and quorum"},
           {"witness c", "`witness NAME KEY [URL]`"},
           {"witness c " + log_key(), "type 4"},
           {"witness c key", "A key looks like"},
           {"witness c " + witness('a').text(), "this witness's key is there already"},
           {"witness a " + witness('c').text(), "the name `a` is taken"},
           {"witness none " + witness('c').text(), "nobody's name"},
           {"log " + witness('c').text(), "type 1"},
           {"group g 3 a b", "a number from 1"},
           {"group g 0 a b", "a number from 1"},
           {"group g some a b", "a number from 1"},
           {"group g any", "`group NAME"},
           {"group g any a c", "`c` is no witness or group"},
           {"group g any a a", "`a` is in a group already"},
           {"group g any none", "`none` is no witness or group"},
           {"group g any g", "`g` is no witness or group"},
           {"quorum c", "`c` is no witness or group"},
           {"quorum a b", "`quorum NAME`"},
           {"quorum a\nquorum b", "a quorum already"},
           {"quorum a\r", "control character"}}) {
    EXPECT_THAT(why(two + line + "\n"), HasSubstr(what)) << line;
    EXPECT_THAT(why(two + line + "\n"), HasSubstr(line.contains('\n') ? "line 4: " : "line 3: ")) << line;
  }
}

}  // namespace
}  // namespace cordon::audit
