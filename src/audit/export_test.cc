// Exports: a folder that holds by itself, in which each way of tampering is found and named; and the file that a shop
// gets over the API.
#include "audit/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "audit/export_format.h"
#include "audit/log_key.h"
#include "audit/proof.h"
#include "support/served.h"
#include "support/signing_key.h"

namespace cordon::audit {
namespace {

namespace fs = std::filesystem;
using net::Method;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::must;
using testing::Shop;
using ::testing::StartsWith;
using testing::World;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }
std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const size_t at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  return at == text.npos ? text : text.replace(at, what.size(), with);
}
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

class ExportTest : public ::testing::Test {
 protected:
  ExportTest() {
    for (int i = 0; i < 3; ++i) world.call(Method::get, "/v1/merchant", owner);
    EXPECT_EQ(world.call(Method::get, "/v1/members", agent).status, 403);
    admin.run("SELECT origin, encode(public_key, 'base64') FROM audit.log");
    key = {admin.rows()[0][0], SignatureType::ed25519, *from_base64(admin.rows()[0][1])};
  }

  fs::path folder(const std::string& name) const { return place.path() / name; }
  /// An export of the shop's, or as `change` has it.
  Result<Exported> make(const fs::path& to, const std::function<void(Export&)>& change = {}) {
    Result<Exported> done = Exported{};
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      const auto signing = must(co_await log_key(backend.identities, identity::kPlatform, key.name));
      Export wanted;
      wanted.tenant = shop.tenant;
      wanted.folder = to;
      if (change) change(wanted);
      auto event = by_operator("audit.export", shop.tenant, {});
      done = co_await export_events(backend.identities, backend.recorder, signing, std::move(event), std::move(wanted));
    });
    return done;
  }
  std::vector<std::string> found(const fs::path& in) { return found(in, key); }
  std::vector<std::string> found(const fs::path& in, const VerifierKey& by) {
    std::vector<std::string> out;
    for (const Finding& finding : must(verify_export(in, by)).findings)
      out.push_back(std::string(to_string(finding.wrong)) + ": " + finding.what);
    return out;
  }
  /// A copy of `of` with something done to it.
  fs::path copy(const fs::path& of, const std::function<void(const fs::path&)>& change) {
    const auto to = folder("copy-" + std::to_string(++copies));
    fs::copy(of, to, fs::copy_options::recursive);
    change(to);
    return to;
  }
  /// Signs a manifest for what is there now, as only the holder of the log's key could.
  void sign_again(const fs::path& in) {
    Manifest manifest = must(Manifest::parse(must(Note::parse(read(in / files::kManifest))).text));
    for (FileSum& file : manifest.files) file = must(sum_of_file(in, file.name));
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      const auto signing = must(co_await log_key(backend.identities, identity::kPlatform, key.name));
      write(in / files::kManifest, manifest.to_text() + "\n" + signature_line(key.name, signing, manifest.to_text()));
    });
  }
  void add_events(int count) {
    admin.value(
        "INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) SELECT ('01900000' || "
        "right(gen_random_uuid()::text, 28))::uuid, '" +
        to_string(shop.tenant) + "', 'order.list', 200, gen_random_uuid() FROM generate_series(1, " +
        std::to_string(count) + ")");
  }
  std::vector<LoggedEvent> events(const fs::path& in) {
    std::vector<LoggedEvent> out;
    for (const std::string& line : lines_of(read(in / files::kJson))) out.push_back(must(read_json(line)));
    return out;
  }

  World& world = World::shared();
  testing::SqlSession admin = world.sql();
  testing::TemporaryFolder place;
  Shop shop = world.add_shop();
  std::string owner = world.token(*world.sign_in(shop, "owner")), agent = world.token(*world.sign_in(shop, "agent"));
  VerifierKey key;
  int copies = 0;
};

TEST_F(ExportTest, HoldsByItself) {
  const auto out = folder("out");
  const Exported done = must(make(out));
  EXPECT_GE(done.events, 4);
  EXPECT_EQ(done.proved, done.events);
  const Report report = must(verify_export(out, key));
  EXPECT_THAT(found(out), IsEmpty());
  EXPECT_EQ(report.entries, static_cast<uint64_t>(done.events));
  EXPECT_EQ(report.waiting, 0u);
  EXPECT_EQ(report.checkpoint.origin, key.name);
  EventId last{};
  for (const LoggedEvent& logged : events(out)) {
    EXPECT_EQ(logged.event.tenant_id, shop.tenant);
    EXPECT_LT(last, logged.event.event_id) << "the oldest first";
    last = logged.event.event_id;
    EXPECT_EQ(must(Proof::parse(read(out / proof_name(last)))).checkpoint, read(out / files::kCheckpoint));
  }
  EXPECT_EQ(lines_of(read(out / files::kCsv)).size(), static_cast<size_t>(done.events) + 1);
}

TEST_F(ExportTest, IsOnRecord) {
  const Exported done = must(make(folder("out"), [](Export& wanted) { wanted.query.status = Int<100, 599>{403}; }));
  const auto reply = world.call(Method::get, "/v1/audit-events?action=audit.export", owner);
  const auto items = must(json::parse(reply.body)).as_object().at("items").as_array();
  ASSERT_EQ(items.size(), 1);
  const auto& event = items[0].as_object();
  EXPECT_EQ(event.at("rows_out").as_int64(), done.events);
  EXPECT_EQ(event.at("role").as_string(), "operator");
  EXPECT_EQ(std::string(event.at("detail").as_string()),
            R"({"query":{"tenant_id":")" + to_string(shop.tenant) + R"(","status":403},"events":1})");
  // What is refused exports nothing, and says nothing of an export.
  EXPECT_EQ(make(folder("out")).error().code, Code::conflict);
  EXPECT_EQ(must(json::parse(world.call(Method::get, "/v1/audit-events?action=audit.export", owner).body))
                .as_object()
                .at("items")
                .as_array()
                .size(),
            1);
}

TEST_F(ExportTest, TakesWhatIsAskedFor) {
  EXPECT_EQ(
      must(make(folder("action"), [](Export& wanted) { wanted.query.action = Text<1, 60>{"merchant.read"}; })).events,
      3);
  for (const LoggedEvent& logged : events(folder("action"))) EXPECT_EQ(logged.event.action, "merchant.read");
  EXPECT_EQ(
      must(make(folder("none"), [](Export& wanted) { wanted.query.to = parse_time("2020-01-01T00:00:00Z"); })).events,
      0);
  EXPECT_THAT(found(folder("none")), IsEmpty());
  must(make(folder("csv"), [](Export& wanted) { wanted.json = false; }));
  EXPECT_FALSE(fs::exists(folder("csv") / files::kJson) || fs::exists(folder("csv") / files::kProofs));
  EXPECT_THAT(found(folder("csv")), IsEmpty());
  must(make(folder("json"), [](Export& wanted) { wanted.csv = false; }));
  EXPECT_FALSE(fs::exists(folder("json") / files::kCsv));
  EXPECT_THAT(found(folder("json")), IsEmpty());
}

TEST_F(ExportTest, HasMoreThanAPage) {
  add_events(420);
  EXPECT_GE(must(make(folder("out"))).proved, 424);
  EXPECT_THAT(found(folder("out")), IsEmpty());
}

TEST_F(ExportTest, ProvesWhatNobodyWasSignedInFor) {
  const std::string path = "/v1/nothing/" + to_string(new_uuid());
  EXPECT_EQ(world.call(Method::get, path).status, 404);
  const Exported done = must(make(folder("out"), [&](Export& wanted) {
    wanted.tenant.reset();
    wanted.query.resource = Text<1, 300>{path};
  }));
  EXPECT_EQ(done.events, 1);
  EXPECT_EQ(done.proved, 1);
  EXPECT_THAT(found(folder("out")), IsEmpty());
}

TEST_F(ExportTest, SaysWhatIsNotInTheLogYet) {
  EXPECT_TRUE(testing::eventually([&] {
    return world.call(Method::get, "/audit/checkpoint").status == 200;  // there is one by now
  }));
  // As long as an older transaction is under way, the log takes nothing newer.
  admin.value("BEGIN; SELECT pg_current_xact_id()");
  world.call(Method::patch, "/v1/merchant", owner, R"({"name":"Later"})");
  const Exported done =
      must(make(folder("out"), [](Export& wanted) { wanted.patience = std::chrono::milliseconds(0); }));
  admin.value("ROLLBACK");
  EXPECT_LT(done.proved, done.events);
  EXPECT_FALSE(events(folder("out")).back().index.has_value());
  EXPECT_THAT(found(folder("out")), IsEmpty());
  EXPECT_EQ(must(verify_export(folder("out"), key)).waiting, static_cast<uint64_t>(done.events - done.proved));
}

TEST_F(ExportTest, NamesEachWayOfTampering) {
  const auto out = folder("out");
  must(make(out));
  const auto all = events(out);
  const std::string first = proof_name(all[0].event.event_id), second = proof_name(all[1].event.event_id);

  // An event that says otherwise, and one that is left out.
  const auto refused =
      std::find_if(all.begin(), all.end(), [](const LoggedEvent& logged) { return logged.event.status == 403; });
  ASSERT_NE(refused, all.end());
  const auto bend = [](const fs::path& at) {
    write(at / files::kJson, replaced(read(at / files::kJson), R"("status":403)", R"("status":200)"));
  };
  const auto bent = found(copy(out, bend));
  EXPECT_THAT(bent, Contains(StartsWith("changed: The file events.jsonl ")));
  EXPECT_THAT(bent, Contains(StartsWith("changed: The event " + to_string(refused->event.event_id))));
  EXPECT_THAT(found(copy(out,
                         [&](const fs::path& at) {
                           const std::string text = read(at / files::kJson);
                           write(at / files::kJson, text.substr(text.find('\n') + 1));
                         })),
              Contains("missing: The event of " + first + " is not in events.jsonl."));

  // Proofs that are another's, gone, or nobody's.
  EXPECT_THAT(found(copy(out,
                         [&](const fs::path& at) {
                           fs::rename(at / first, at / "proofs" / "aside");
                           fs::rename(at / second, at / first);
                           fs::rename(at / "proofs" / "aside", at / second);
                         })),
              AllOf(Contains("changed: The file " + first + " is not the proof that was exported."),
                    Contains(StartsWith("changed: The event " + to_string(all[1].event.event_id)))));
  EXPECT_THAT(found(copy(out, [&](const fs::path& at) { fs::remove(at / second); })),
              Contains("missing: The file " + second + " is not there."));
  const std::string stranger = proof_name(EventId::fresh());
  EXPECT_THAT(found(copy(out, [&](const fs::path& at) { fs::copy(at / first, at / stranger); })),
              ::testing::ElementsAre("extra: The file " + stranger + " was not exported."));

  // The other files.
  EXPECT_THAT(found(copy(out, [](const fs::path& at) { write(at / "notes.txt", "x"); })),
              ::testing::ElementsAre("extra: The file notes.txt was not exported."));
  for (const char* name : {files::kJson, files::kCsv, files::kProofList, files::kCheckpoint}) {
    EXPECT_THAT(found(copy(out, [&](const fs::path& at) { fs::remove(at / name); })),
                Contains("missing: The file " + std::string(name) + " is not there."));
    EXPECT_THAT(found(copy(out, [&](const fs::path& at) { write(at / name, read(at / name) + "x"); })),
                Contains("changed: The file " + std::string(name) + " is not the one that was signed for."));
  }
  EXPECT_THAT(found(copy(out, [](const fs::path& at) { fs::remove(at / files::kManifest); })),
              ::testing::ElementsAre("missing: There is no manifest."));
  EXPECT_THAT(found(copy(out,
                         [](const fs::path& at) {
                           write(at / files::kManifest, replaced(read(at / files::kManifest), "events ", "events 1"));
                         })),
              ::testing::ElementsAre(StartsWith("signer: ")));
}

TEST_F(ExportTest, NamesAnotherSignerAndAnotherExportsManifest) {
  const auto out = folder("out"), other = folder("other");
  must(make(out));
  must(make(other, [](Export& wanted) { wanted.query.action = Text<1, 60>{"merchant.read"}; }));
  EXPECT_THAT(found(copy(out,
                         [&](const fs::path& at) {
                           fs::copy(other / files::kManifest, at / files::kManifest,
                                    fs::copy_options::overwrite_existing);
                         })),
              Contains("changed: The file events.jsonl is not the one that was signed for."));
  const auto stranger = testing::signing_key('s');
  EXPECT_THAT(found(out, {key.name, SignatureType::ed25519, stranger.public_key()}),
              ::testing::ElementsAre(StartsWith("signer: The manifest is not signed by")));
  const auto signed_by_stranger = copy(out, [&](const fs::path& at) {
    const std::string text = must(Note::parse(read(at / files::kManifest))).text;
    write(at / files::kManifest, text + "\n" + signature_line(key.name, stranger, text));
  });
  EXPECT_THAT(found(signed_by_stranger), ::testing::ElementsAre(StartsWith("signer: ")));
}

TEST_F(ExportTest, IsHeldToTheLogEvenWhereItsKeySignsALie) {
  const auto out = folder("out");
  must(make(out));
  const auto bent = copy(out, [&](const fs::path& at) {
    write(at / files::kJson, replaced(read(at / files::kJson), R"("status":403)", R"("status":200)"));
    sign_again(at);
  });
  EXPECT_THAT(found(bent),
              Contains(AllOf(StartsWith("changed: The event "), HasSubstr("is not what its proof is of"))));
  const auto table = copy(out, [&](const fs::path& at) {
    write(at / files::kCsv, replaced(read(at / files::kCsv), ",403,", ",200,"));
    sign_again(at);
  });
  EXPECT_THAT(found(table), ::testing::ElementsAre("changed: events.csv does not say what events.jsonl says."));
}

TEST_F(ExportTest, ItsManifestIsNoCheckpointAndNoCheckpointIsAManifest) {
  const auto out = folder("out");
  must(make(out));
  const std::string manifest = must(Note::parse(read(out / files::kManifest))).text;
  EXPECT_THAT(manifest, StartsWith(key.name + "/export v1\nquery {"));
  EXPECT_FALSE(Checkpoint::parse(manifest));
  EXPECT_FALSE(is_key_name(manifest.substr(0, manifest.find('\n'))));
  EXPECT_THAT(found(copy(out,
                         [](const fs::path& at) {
                           fs::copy(at / files::kCheckpoint, at / files::kManifest,
                                    fs::copy_options::overwrite_existing);
                         })),
              ::testing::ElementsAre(StartsWith("changed: What is signed there is no manifest")));
  // A name in a manifest leads nowhere else.
  for (const std::string name : {"../secret", "/etc/passwd", ".hidden", "a/b"}) {
    Manifest bad{key.name, "{}", "x"};
    bad.files.push_back(sum_of(name, ""));
    EXPECT_FALSE(Manifest::parse(bad.to_text())) << name;
  }
}

TEST(ExportCsv, RunsNothingInASpreadsheet) {
  EventRecord event;
  event.resource = "=1+1";
  event.address = "+1";
  event.agent = "-1";
  event.purpose = "@sum";
  event.trace = "\t=1";
  event.queries = "a,b \"c\"\r\nd";
  event.detail = R"(=HYPERLINK("http://x","y"))";
  const std::string cells = csv_cells(event);
  EXPECT_THAT(cells, HasSubstr(",'=1+1,"));
  EXPECT_THAT(cells,
              HasSubstr(",'+1,'-1,'@sum,'\t=1,\"a,b \"\"c\"\"\r\nd\",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\","));
  EXPECT_THAT(csv_header(), StartsWith("event_id,at,tenant_id,"));
}

TEST_F(ExportTest, IsAFileOverTheApi) {
  const std::string agent_of_mine = R"(=HYPERLINK("http://x"))";
  testing::ask(world.port(), "GET", "/v1/merchant",
               {{"Authorization", "Bearer " + owner}, {"User-Agent", agent_of_mine}});
  const auto file = world.call(Method::get, "/v1/audit-events/export?action=merchant.read", owner);
  ASSERT_EQ(file.status, 200) << file.body;
  EXPECT_EQ(file.header("content-type"), "application/jsonl");
  EXPECT_EQ(file.header("content-disposition"), "attachment; filename=\"audit-events.jsonl\"");
  EXPECT_EQ(file.header("link"), "");
  const auto lines = lines_of(file.body);
  ASSERT_EQ(lines.size(), 4u);
  const auto listed = world.call(Method::get, "/v1/audit-events?action=merchant.read", owner);
  for (const std::string& line : lines) EXPECT_THAT(listed.body, HasSubstr(line));
  EXPECT_EQ(must(json::decode<EventRecord>(lines[0])).agent, agent_of_mine);

  const auto table = world.call(Method::get, "/v1/audit-events/export?action=merchant.read&format=csv", owner);
  EXPECT_THAT(table.header("content-type"), StartsWith("text/csv"));
  EXPECT_THAT(table.body, StartsWith(csv_header() + "\r\n"));
  EXPECT_THAT(table.body, HasSubstr("\"'=HYPERLINK(\"\"http://x\"\")\""));

  EXPECT_EQ(world.call(Method::get, "/v1/audit-events/export", agent).status, 403);
  const auto on_record = lines_of(world.call(Method::get, "/v1/audit-events/export?action=audit.export", owner).body);
  ASSERT_EQ(on_record.size(), 3u) << "two files, and one that was refused";
  EXPECT_EQ(must(json::decode<EventRecord>(on_record[0])).status, 403);
  EXPECT_EQ(must(json::decode<EventRecord>(on_record[1])).rows_out, 4);
}

TEST_F(ExportTest, GoesOnWhereAFileOverTheApiEnds) {
  add_events(10'001);
  const auto file = world.call(Method::get, "/v1/audit-events/export?action=order.list", owner);
  ASSERT_EQ(file.status, 200);
  EXPECT_EQ(lines_of(file.body).size(), 10'000u);
  const std::string link(file.header("link"));
  EXPECT_THAT(link,
              AllOf(StartsWith("</v1/audit-events/export?action=order.list&cursor="), HasSubstr("; rel=\"next\"")));
  const auto rest = world.call(Method::get, link.substr(1, link.find('>') - 1), owner);
  ASSERT_EQ(lines_of(rest.body).size(), 1u);
  EXPECT_THAT(file.body, ::testing::Not(HasSubstr(lines_of(rest.body)[0])));
  EXPECT_EQ(rest.header("link"), "");
}

}  // namespace
}  // namespace cordon::audit
