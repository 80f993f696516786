// Witnesses: what one is asked and what is taken from it, against a strict one on the specification; and a log that has
// some, which grows whatever they do.
#include "audit/witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <thread>

#include "audit/verifier.h"
#include "audit/witnesses.h"
#include "base/random.h"
#include "db/cluster.h"
#include "db/connection.h"
#include "support/grown.h"
#include "support/server.h"
#include "support/signing_key.h"
#include "support/strict_witness.h"

namespace cordon::audit {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::eventually;
using testing::Grown;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::must;
using testing::ServerProcess;
using testing::SqlSession;
using testing::StrictWitness;
using testing::TemporaryFolder;
using testing::World;
using Trouble = StrictWitness::Trouble;

constexpr const char* kOrigin = "log.example/audit";

class WitnessTest : public ::testing::Test {
 protected:
  WitnessTest() { strict.trust(log); }
  ~WitnessTest() override {
    EXPECT_THAT(strict.faults(), IsEmpty());
    reactor_.stop();
    thread_.join();
  }

  Witness client() {
    WitnessOptions options;
    options.trust = strict.certificate();
    options.patience = 60s;  // a slow machine is not what these tests are about
    return {must(Policy::parse(strict.policy_line("w1") + "quorum w1\n")).witnesses().front(), options};
  }
  std::string note(const Checkpoint& checkpoint) const {
    const std::string text = checkpoint.to_text();
    return text + "\n" + signature_line(checkpoint.origin, signer, text);
  }
  Checkpoint newest() const { return {kOrigin, tree.edge.size(), tree.edge.root()}; }
  Result<std::optional<Signature>> ask(Witness& witness, const Checkpoint& checkpoint) {
    Result<std::optional<Signature>> out = fail(Code::internal, "nothing was asked");
    std::promise<void> asked;
    const auto work = [&]() -> net::Task<void> {
      out = co_await witness.cosign(tree, note(checkpoint));
      asked.set_value();
    };
    reactor_.post([&] { reactor_.spawn(work()); });
    asked.get_future().wait();
    return out;
  }
  /// Whether the witness has cosigned the newest checkpoint, with a signature that verifies.
  bool cosigns(Witness& witness) {
    const auto signature = must(ask(witness, newest()));
    Note cosigned = must(Note::parse(note(newest())));
    if (signature) cosigned.signatures.push_back(*signature);
    return cosigned.signed_at(strict.key()).value_or(0) > 1'700'000'000;
  }
  Error refusal(Witness& witness) {
    const auto outcome = ask(witness, newest());
    return outcome ? Error{} : outcome.error();
  }

  keys::SigningKey signer = testing::signing_key('l');
  VerifierKey log{kOrigin, SignatureType::ed25519, signer.public_key()};
  StrictWitness strict;
  Grown tree{5};

 private:
  // One for all that a test asks: a witness keeps its connection.
  net::Reactor reactor_;
  std::thread thread_{[this] { reactor_.run(); }};
};

TEST_F(WitnessTest, CosignsTheFirstCheckpointAndThoseThatContinueIt) {
  Witness witness = client();
  EXPECT_TRUE(cosigns(witness));
  EXPECT_EQ(witness.size(), 5);
  for (const uint64_t more : {1, 250, 1, 300, 70'000}) {
    tree.grow(more);
    EXPECT_TRUE(cosigns(witness)) << tree.edge.size();
    EXPECT_EQ(strict.size_of(kOrigin), tree.edge.size());
  }
  EXPECT_THAT(strict.statuses(), ElementsAre(200, 200, 200, 200, 200, 200));
}

TEST_F(WitnessTest, SaysHowFarItHasComeToWhoDoesNotKnow) {
  Witness before = client();
  EXPECT_TRUE(cosigns(before));
  tree.grow(300);
  Witness after = client();
  EXPECT_TRUE(cosigns(after));
  // The same checkpoint once more: from its size to its size there is nothing to prove.
  Witness again = client();
  EXPECT_TRUE(cosigns(again));
  EXPECT_THAT(strict.statuses(), ElementsAre(200, 409, 200, 409, 200));
}

TEST_F(WitnessTest, ThatIsAheadIsTold) {
  strict.remember(kOrigin, 1'000, leaf_hash("x"));
  Witness witness = client();
  EXPECT_EQ(must(ask(witness, newest())), std::nullopt);
  EXPECT_EQ(witness.size(), 1'000);
  // It is asked what it has, not to take a step back: that would be 400.
  EXPECT_EQ(must(ask(witness, newest())), std::nullopt);
  EXPECT_THAT(strict.statuses(), ElementsAre(409, 409));
}

TEST_F(WitnessTest, RefusesALogThatWasWrittenAnew) {
  strict.remember(kOrigin, 3, leaf_hash("other"));
  Witness witness = client();
  EXPECT_EQ(refusal(witness).code, Code::conflict);
  EXPECT_THAT(refusal(witness).detail, HasSubstr("does not continue"));
  strict.remember(kOrigin, 5, leaf_hash("other"));
  EXPECT_THAT(refusal(witness).detail, HasSubstr("another tree of 5 entries"));
  EXPECT_THAT(strict.statuses(), Contains(422));
}

TEST_F(WitnessTest, RefusesALogOrAKeyThatItDoesNotKnow) {
  Witness witness = client();
  auto stranger = ask(witness, {"log.example/other", 5, tree.edge.root()});
  EXPECT_EQ(stranger ? Code::internal : stranger.error().code, Code::not_found);
  strict.trust({kOrigin, SignatureType::ed25519, testing::signing_key('o').public_key()});
  EXPECT_EQ(refusal(witness).code, Code::forbidden);
  EXPECT_THAT(strict.statuses(), ElementsAre(404, 403));
}

TEST_F(WitnessTest, IsNotBelievedWithoutItsSignatureOfThisVeryCheckpoint) {
  for (const auto& [trouble, why] : std::vector<std::pair<Trouble, std::string>>{
           {Trouble::forged, "does not verify"},
           {Trouble::of_nobody, "not signed with the key of witness.example/w1"},
           {Trouble::smuggled, "no signature lines"}}) {
    strict.make(trouble);
    Witness witness = client();
    const Error error = refusal(witness);
    EXPECT_EQ(error.code, Code::malformed);
    EXPECT_THAT(error.detail, HasSubstr(why));
  }
  strict.make(Trouble::without_a_type);
  Witness witness = client();
  EXPECT_EQ(refusal(witness).code, Code::malformed);
}

TEST_F(WitnessTest, ThatIsAwayMayComeBack) {
  strict.make(Trouble::away);
  Witness witness = client();
  EXPECT_EQ(refusal(witness).code, Code::unavailable);
  strict.make(Trouble::none);
  EXPECT_TRUE(cosigns(witness));
}

TEST_F(WitnessTest, NeedsAnAddress) {
  for (const std::string url : {"", " http://w.example", " w.example"}) {
    const auto policy = must(Policy::parse("\nwitness w1 " + strict.key().text() + url + "\nquorum none\n"));
    try {
      const Witness witness(policy.witnesses().front(), {});
      ADD_FAILURE() << url << " was taken";
    } catch (const std::runtime_error& e) {
      EXPECT_THAT(e.what(), HasSubstr("line 2 "));
    }
  }
}

/// Witnesses of the log that the world's server grows.
class WitnessedLog : public ::testing::Test {
 protected:
  WitnessedLog() {
    admin.run("SELECT origin, encode(public_key, 'base64') FROM audit.log");
    key = {admin.rows()[0][0], SignatureType::ed25519, *from_base64(admin.rows()[0][1])};
    for (StrictWitness* witness : {&first, &second}) witness->trust(key);
    EXPECT_TRUE(eventually([&] { return admin.value("SELECT size > 0 FROM audit.log") == "t"; }));
  }
  ~WitnessedLog() override { admin.value("SELECT audit.forget_cosigned()"); }

  std::string checkpoint() { return admin.value("SELECT checkpoint FROM audit.log"); }
  std::string cosigned() { return admin.value("SELECT cosigned FROM audit.log"); }

  /// Asks the witnesses of `policy` about the log's newest checkpoint until `done` holds.
  bool ask_until(const std::string& policy, std::function<bool()> done) {
    bool held = false;
    testing::run([&]() -> net::Task<void> {
      auto connection = must(co_await db::Connection::open(world.database().conninfo("cordon_audit")));
      const Ask ask = [&](std::vector<db::Query> queries) -> net::Task<Result<std::vector<db::Rows>>> {
        auto rows = co_await connection->transact(queries);
        if (!rows) co_return std::unexpected(rows.error().error);
        co_return std::move(*rows);
      };
      WitnessOptions options;
      options.trust = trust_file();
      options.pause = options.longest = 10ms;
      options.patience = 60s;
      Witnesses witnesses(must(Policy::parse(policy)), LogStore(ask), options);
      witnesses.offer(checkpoint());
      net::Reactor::current().spawn(witnesses.run());
      for (int i = 0; i < 1'500 && !done(); ++i) co_await net::sleep(10ms);
      held = done();
      witnesses.stop();
      while (net::Reactor::current().running() > 1) co_await net::sleep(1ms);
    });
    return held;
  }
  /// Both of their certificates.
  std::filesystem::path trust_file() {
    std::ofstream out(folder.path() / "trust.pem");
    for (const StrictWitness* witness : {&first, &second}) out << std::ifstream(witness->certificate()).rdbuf();
    return folder.path() / "trust.pem";
  }
  std::vector<std::string> verify_with(const std::string& policy) {
    std::vector<std::string> out;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      auto store = backend.recorder.log();
      Trust trust;
      trust.key = key;
      trust.policy = must(Policy::parse(policy));
      EventSource events{through(backend.identities), std::nullopt};
      const Report report = must(co_await verify(store, std::move(events), trust));
      for (const Finding& finding : report.findings) out.emplace_back(to_string(finding.wrong));
    });
    return out;
  }

  World& world = World::shared();
  SqlSession admin = world.sql();
  TemporaryFolder folder;
  VerifierKey key;
  StrictWitness first{"witness.example/1"}, second{"witness.example/2"};
  std::string both = first.policy_line("w1") + second.policy_line("w2") + "group both all w1 w2\nquorum both\n";
  std::string any = first.policy_line("w1") + second.policy_line("w2") + "group any any w1 w2\nquorum any\n";
};

TEST_F(WitnessedLog, PublishesWhatItsQuorumHasCosigned) {
  EXPECT_THAT(verify_with(both), ElementsAre("witness"));
  EXPECT_TRUE(ask_until(both, [&] { return !cosigned().empty(); }));
  const Note note = must(Note::parse(cosigned()));
  EXPECT_TRUE(note.signed_by(key));
  EXPECT_TRUE(must(Policy::parse(both)).quorum_has_cosigned(note));
  // The log goes on, and hands out what its witnesses have seen.
  const std::string before = checkpoint();
  world.call(net::Method::get, "/healthz");
  EXPECT_TRUE(eventually([&] { return checkpoint() != before; }));
  EXPECT_EQ(world.call(net::Method::get, "/audit/checkpoint").body, note.to_text());
  EXPECT_THAT(verify_with(both), IsEmpty());
  StrictWitness stranger("witness.example/3");
  EXPECT_THAT(verify_with(stranger.policy_line("w3") + "quorum w3\n"), ElementsAre("witness"));
}

TEST_F(WitnessedLog, IsNotMadeUpForByWhatStandsInTheDatabase) {
  admin.value("UPDATE audit.log SET cosigned = 'rubbish'");
  EXPECT_THAT(verify_with(both), ElementsAre("witness"));
  // The same witnesses' cosignature of another log.
  const auto signer = testing::signing_key('o');
  const VerifierKey other{"another.log/audit", SignatureType::ed25519, signer.public_key()};
  const std::string text = Checkpoint{other.name, 1, leaf_hash("x")}.to_text();
  first.trust(other);
  WitnessOptions options;
  options.trust = first.certificate();
  testing::run([&]() -> net::Task<void> {
    Witness witness(must(Policy::parse(any)).witnesses().front(), options);
    Grown nothing(1);
    const std::string note = text + "\n" + signature_line(other.name, signer, text);
    auto signature = must(co_await witness.cosign(nothing, note));
    Note cosigned = must(Note::parse(note));
    cosigned.signatures.push_back(signature.value());
    admin.value("UPDATE audit.log SET cosigned = '" + cosigned.to_text() + "'");
  });
  EXPECT_THAT(verify_with(any), Contains("signer"));
}

TEST_F(WitnessedLog, NeedsNoMoreThanItsQuorumAndTakesTheRestWhenItComes) {
  second.make(Trouble::away);
  EXPECT_TRUE(ask_until(any, [&] { return !cosigned().empty() && second.asked() > 2; }));
  EXPECT_FALSE(must(Note::parse(cosigned())).line_of(second.key()));
  second.make(Trouble::none);
  EXPECT_TRUE(ask_until(any, [&] { return must(Note::parse(cosigned())).signed_by(second.key()); }));
  EXPECT_EQ(first.most_at_once(), 1);
  EXPECT_EQ(second.most_at_once(), 1);
}

TEST_F(WitnessedLog, HasNoCosignedCheckpointWithoutAQuorum) {
  second.make(Trouble::away);
  EXPECT_TRUE(ask_until(both, [&] { return first.size_of(key.name) > 0 && second.asked() > 2; }));
  EXPECT_EQ(cosigned(), "");
  EXPECT_EQ(world.call(net::Method::get, "/audit/checkpoint").status, 200);
}

TEST_F(WitnessedLog, TakesNoCheckpointOfAnotherLogAndNoOlderOne) {
  SqlSession audit = world.sql("cordon_audit");
  const std::string size = admin.value("SELECT size FROM audit.log");
  const auto cosign = [&](const std::string& of_size, const std::string& note) {
    audit.value("SELECT audit.cosign(" + of_size + ", '" + note + "')");
    return cosigned();
  };
  EXPECT_EQ(cosign(size, "another.log/audit\n1\n"), "");
  EXPECT_EQ(cosign("9000000000", key.name + "\nahead\n"), "");
  EXPECT_EQ(cosign("2", key.name + "\n2\n"), key.name + "\n2\n");
  EXPECT_EQ(cosign("1", key.name + "\n1, and longer\n"), key.name + "\n2\n");
  EXPECT_EQ(cosign("2", key.name + "\n2, with more\n"), key.name + "\n2, with more\n");
  EXPECT_EQ(cosign("2", key.name + "\n2\n"), key.name + "\n2, with more\n");
}

// A server of its own: its log grows while its witness keeps it waiting, and is cosigned when that answers.
TEST(WitnessedServer, GrowsWithoutItsWitness) {
  TemporaryFolder folder;
  const auto data = folder.path() / "data", policy = folder.path() / "witnesses";
  StrictWitness strict;
  strict.make(Trouble::held);
  std::ofstream(policy) << strict.policy_line("w1") << "quorum w1\n";
  ServerProcess server(data, {"--witnesses", policy.string(), "--witness-trust", strict.certificate().string(),
                              "--log-origin", "console.example/audit"});
  ASSERT_TRUE(server.wait_until_serving()) << server.log();
  SqlSession admin(db::Cluster::attach(data / "postgres")->admin_conninfo());
  ASSERT_TRUE(eventually([&] { return strict.asked() > 0; }));
  for (int i = 0; i < 3; ++i) {
    const std::string before = admin.value("SELECT size FROM audit.log");
    testing::ask(server.client().port, "GET", "/healthz");
    EXPECT_TRUE(eventually([&] { return admin.value("SELECT size > " + before + " FROM audit.log") == "t"; }));
  }
  EXPECT_EQ(admin.value("SELECT cosigned FROM audit.log"), "");
  EXPECT_EQ(admin.value("SELECT origin FROM audit.log"), "console.example/audit");
  strict.trust({"console.example/audit", SignatureType::ed25519,
                *from_base64(admin.value("SELECT encode(public_key, 'base64') FROM audit.log"))});
  strict.make(Trouble::none);
  EXPECT_TRUE(eventually([&] { return admin.value("SELECT cosigned_size > 0 FROM audit.log") == "t"; }))
      << server.log();
  EXPECT_TRUE(
      must(Note::parse(testing::ask(server.client().port, "GET", "/audit/checkpoint").body)).signed_by(strict.key()));
  EXPECT_THAT(strict.faults(), IsEmpty());
}

TEST(WitnessedServer, DoesNotStartWithAPolicyThatDoesNotDo) {
  TemporaryFolder folder;
  const auto policy = folder.path() / "witnesses";
  std::ofstream(policy) << "# nobody\nwitness w1\nquorum w1\n";
  const auto refused = testing::run_cordon(
      {"--data", (folder.path() / "data").string(), "--port", "0", "--witnesses", policy.string(), "serve"},
      folder.path() / "log");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr(policy.string() + ", line 2: a witness is `witness NAME KEY [URL]`"));
}

}  // namespace
}  // namespace cordon::audit
