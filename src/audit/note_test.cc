// Signed notes and checkpoints against those that the specifications and Go's note package publish.
#include "audit/note.h"

#include <gtest/gtest.h>

#include "support/signing_key.h"
#include "support/world.h"

namespace cordon::audit {
namespace {

using testing::must;

// From Go's golang.org/x/mod/sumdb/note, the documentation's own example.
const std::string kGoKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kGoNote =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST(Note, OfAnotherImplementationVerifies) {
  const auto key = must(VerifierKey::parse(kGoKey));
  EXPECT_EQ(key.name, "PeterNeumann");
  EXPECT_EQ(key.text(), kGoKey);
  const Note note = must(Note::parse(kGoNote));
  EXPECT_TRUE(note.signed_by(key));
  EXPECT_EQ(note.to_text(), kGoNote);
  Note bent = note;
  bent.text[0] = 'i';
  EXPECT_TRUE(bent.line_of(key));
  EXPECT_FALSE(bent.signed_by(key));
}

TEST(Note, IsBelievedFromWhomItIsBelieved) {
  const auto key = testing::signing_key('k'), other = testing::signing_key('o');
  const VerifierKey ours{"log.example/audit", SignatureType::ed25519, key.public_key()};
  const std::string text = Checkpoint{"log.example/audit", 3, leaf_hash("x")}.to_text();
  const std::string signed_text = text + "\n" + signature_line(ours.name, key, text);
  EXPECT_TRUE(must(Note::parse(signed_text)).signed_by(ours));
  const VerifierKey theirs{"log.example/audit", SignatureType::ed25519, other.public_key()};
  EXPECT_FALSE(must(Note::parse(signed_text)).signed_by(theirs));
  EXPECT_FALSE(must(Note::parse(signed_text)).line_of(theirs));
  // Name and id of one key, made with another.
  Note forged = must(Note::parse(text + "\n" + signature_line(ours.name, other, text)));
  forged.signatures[0].id = ours.id();
  EXPECT_TRUE(forged.line_of(ours));
  EXPECT_FALSE(forged.signed_by(ours));
}

TEST(Note, CarriesAWitnesssTime) {
  const auto key = testing::signing_key('w');
  const VerifierKey witness{"witness.example", SignatureType::cosignature, key.public_key()};
  const std::string text = Checkpoint{"log.example/audit", 3, leaf_hash("x")}.to_text();
  const Note note = must(Note::parse(text + "\n" + cosignature_line(witness.name, key, 1679315147, text)));
  EXPECT_EQ(note.signed_at(witness), 1679315147);
  Note later = note;
  later.signatures[0].bytes[7] ^= 1;
  EXPECT_EQ(later.signed_at(witness), std::nullopt);
  // A log's key is no witness's: the type is a part of the id.
  EXPECT_FALSE(note.signed_by({witness.name, SignatureType::ed25519, witness.key}));
}

TEST(Note, IsReadStrictly) {
  for (const std::string& bad :
       {std::string(), std::string("text\n"), std::string("text\n\n"), std::string("text\n\n- name aGVsbG8h\n"),
        std::string("text\n\n\xE2\x80\x94 name aGVsbG8h"), std::string("text\n\n\xE2\x80\x94 name aGVs\n"),
        std::string("text\n\n\xE2\x80\x94 name aGVsbG8h\nmore\n"),
        std::string("te\rxt\n\n\xE2\x80\x94 name aGVsbG8h\n"), std::string("te\xFFxt\n\n\xE2\x80\x94 name aGVsbG8h\n"),
        std::string("text\n\n\xE2\x80\x94 na+me aGVsbG8h\n")})
    EXPECT_FALSE(Note::parse(bad)) << bad;
  for (const std::string bad :
       {"", "name", "name+c74f20a3", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"})
    EXPECT_FALSE(VerifierKey::parse(bad)) << bad;
}

TEST(Checkpoint, IsAsTheSpecificationWritesIt) {
  const std::string text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const auto read = must(Checkpoint::parse(text));
  EXPECT_EQ(read.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(read.size, 20852163);
  EXPECT_EQ(read.to_text(), text);
  EXPECT_TRUE(Checkpoint::parse(text + "an extension\n"));
  for (const std::string bad :
       {"", "a\n", "a\n1\n", "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"})
    EXPECT_FALSE(Checkpoint::parse(bad)) << bad;
}

}  // namespace
}  // namespace cordon::audit
