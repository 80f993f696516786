#include "keys/s3_store.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fstream>

#include "support/stores.h"

namespace cordon::keys {
namespace {

using testing::kMiB;
using testing::must;
using testing::patterned;
using testing::run;
using testing::source_of;
using testing::TemporaryFolder;

/// A store that waits no time worth mentioning before it asks again.
std::unique_ptr<ObjectStore> open_hasty(const std::string& url, net::Workers& workers) {
  auto settings = must(parse_s3_url(url.substr(3)));
  settings.pauses = {std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
  return std::make_unique<S3Store>(std::move(settings), workers);
}

/// Against the S3 server of tests/outside/objects.test.mjs, as Stores in object_store_test.cc.
class S3 : public ::testing::Test {
 protected:
  void SetUp() override {
    if (testing::store_url("CORDON_S3").empty())
      GTEST_SKIP() << "no CORDON_S3: tests/outside/objects.test.mjs has a server";
    log::set_level("off");
  }
  void TearDown() override { log::set_level("error"); }
  std::unique_ptr<ObjectStore> open(const char* variable) { return open_hasty(testing::store_url(variable), workers_); }
  net::Workers workers_{2, 64};
};

TEST_F(S3, IsRefusedWithAnotherSecretOrBucket) {
  run([&]() -> net::Task<void> {
    const auto wrong = open("CORDON_S3_WRONG"), nowhere = open("CORDON_S3_NO_BUCKET");
    const Source text = source_of("x", 1), again = source_of("x", 1);
    EXPECT_EQ((co_await wrong->put("refused", text)).error().code, Code::internal);
    EXPECT_EQ((co_await wrong->list("")).error().code, Code::internal);
    EXPECT_EQ((co_await wrong->look("refused")).error().code, Code::internal);
    EXPECT_EQ((co_await nowhere->put("refused", again)).error().code, Code::not_found);
  });
}

TEST_F(S3, ListsPageByPage) {
  auto settings = must(parse_s3_url(testing::store_url("CORDON_S3").substr(3)));
  settings.page = 3;
  S3Store store(std::move(settings), workers_);
  run([&]() -> net::Task<void> {
    for (int i = 0; i < 10; ++i) {
      const Source text = source_of("x", 1);
      must(co_await store.put("pages/" + std::to_string(i), text));
    }
    const auto names = must(co_await store.list("pages/"));
    EXPECT_EQ(names.size(), 10u);
    EXPECT_EQ(names.front() + " " + names.back(), "pages/0 pages/9");
  });
}

TEST_F(S3, HasNothingUnderTheNameWhenItDiesInTheMiddleOfAnUpload) {
  run([&]() -> net::Task<void> {
    const auto dying = open("CORDON_S3_DYING"), alive = open("CORDON_S3");
    const Source text = source_of(patterned(20 * kMiB), kMiB);
    EXPECT_EQ((co_await dying->put("cut-off", text)).error().code, Code::unavailable);
    EXPECT_EQ((co_await dying->look("cut-off")).error().code, Code::unavailable);
    EXPECT_EQ((co_await alive->look("cut-off")).error().code, Code::not_found);
    EXPECT_TRUE(must(co_await alive->list("cut-off")).empty());
  });
}

TEST_F(S3, IsWaitedForWhereItIsBusyNowAndThen) {
  run([&]() -> net::Task<void> {
    const auto busy = open("CORDON_S3_BUSY");
    const std::string text = patterned(20 * kMiB);
    const Source source = source_of(text, kMiB);
    must(co_await busy->put("busy", source));
    std::string back;
    const ByteRange all;
    const Sink sink = testing::sink_to(back);
    must(co_await busy->get("busy", all, sink));
    EXPECT_TRUE(back == text);
  });
}

/// A store of our own making, with a certificate of its own, that answers as a test wants it to.
class FakeS3 : public ::testing::Test {
 protected:
  void serve(const net::Handler& handler) {
    served_ = std::make_unique<testing::Served>(handler, [](net::ServerOptions& o) { o.body_bytes = 16 << 20; });
    std::ofstream(folder_.path() / "credentials") << "id\nsecret\n";
    ::chmod((folder_.path() / "credentials").c_str(), 0600);
    store_ = open_hasty(url("https"), workers_);
  }
  std::string url(const std::string& scheme) const {
    return fmt::format("s3:{}://127.0.0.1:{}/objects?region=auto&credentials={}&ca={}", scheme, served_->port(),
                       (folder_.path() / "credentials").string(), served_->certificate().string());
  }
  ObjectStore& store() { return *store_; }
  net::Workers workers_{1, 8};

 private:
  TemporaryFolder folder_;
  std::unique_ptr<testing::Served> served_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_F(FakeS3, TellsWhatIsOutOfOrderFromWhatIsOutOfReach) {
  int status = 200;
  std::string body;
  serve([&](net::Request&) -> net::Task<net::Response> {
    net::Response response{.status = status, .content_type = "application/xml", .body = body};
    co_return response;
  });
  const std::vector<std::pair<int, Code>> codes{
      {404, Code::not_found},   {412, Code::conflict},    {408, Code::unavailable},
      {429, Code::unavailable}, {500, Code::unavailable}, {503, Code::unavailable},
      {403, Code::internal},    {400, Code::internal},    {301, Code::internal}};
  const std::vector<const char*> no_lists{"", "<html></html>",
                                          "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
                                          "<ListBucketResult>"};
  run([&]() -> net::Task<void> {
    for (const auto& [answer, code] : codes) {
      status = answer;
      EXPECT_EQ((co_await store().list("")).error().code, code) << answer;
    }
    status = 200;
    for (const char* bad : no_lists) {
      body = bad;
      EXPECT_EQ((co_await store().list("")).error().code, Code::internal) << bad;
    }
    body = "<ListBucketResult><Contents><Key>a</Key></Contents><Contents><Key>a b</Key></Contents></ListBucketResult>";
    const auto names = must(co_await store().list(""));
    EXPECT_EQ(names.size(), 1u);
    EXPECT_EQ(names.front(), "a");
  });
}

TEST_F(FakeS3, IsNotBelievedWhenItCompletesAnUploadWithAnError) {
  std::vector<std::string> asked;
  serve([&](net::Request& request) -> net::Task<net::Response> {
    asked.push_back(std::string(net::to_string(request.method)) + " " + request.query);
    net::Response response{.content_type = "application/xml", .body = "<Error><Code>InternalError</Code></Error>"};
    if (request.query == "uploads=")
      response.body = "<InitiateMultipartUploadResult><UploadId>7+</UploadId></InitiateMultipartUploadResult>";
    co_return response;
  });
  run([&]() -> net::Task<void> {
    const Source text = source_of(patterned(9 * kMiB), kMiB);
    EXPECT_EQ((co_await store().put("name", text)).error().code, Code::unavailable);
  });
  const std::vector<std::string> expected{"POST uploads=", "PUT partNumber=1&uploadId=7%2B",
                                          "PUT partNumber=2&uploadId=7%2B", "POST uploadId=7%2B",
                                          "DELETE uploadId=7%2B"};
  EXPECT_EQ(asked, expected);
}

TEST_F(FakeS3, IsAskedAgainWhatItWasTooBusyFor) {
  std::vector<std::string> asked;
  serve([&](net::Request& request) -> net::Task<net::Response> {
    const std::string what = std::string(net::to_string(request.method)) + " " + request.query;
    const bool again = std::ranges::find(asked, what) != asked.end();
    asked.push_back(what);
    net::Response response{.content_type = "application/xml", .body = "<Error><Code>SlowDown</Code></Error>"};
    if (!again) response.status = 503;
    else if (request.query == "uploads=")
      response.body = "<InitiateMultipartUploadResult><UploadId>7</UploadId></InitiateMultipartUploadResult>";
    else if (request.query == "uploadId=7")
      response.body = "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>";
    co_return response;
  });
  run([&]() -> net::Task<void> {
    const Source text = source_of(patterned(9 * kMiB), kMiB);
    EXPECT_EQ(must(co_await store().put("name", text)), 9 * kMiB);
  });
  const std::vector<std::string> each{"POST uploads=", "PUT partNumber=1&uploadId=7", "PUT partNumber=2&uploadId=7",
                                      "POST uploadId=7"};
  std::vector<std::string> twice;
  for (const std::string& one : each) twice.insert(twice.end(), 2, one);
  EXPECT_EQ(asked, twice);
}

TEST_F(FakeS3, IsAskedNoMoreOftenThanMakesSense) {
  int status = 503, asked = 0;
  serve([&](net::Request&) -> net::Task<net::Response> {
    ++asked;
    net::Response response{.status = status};
    co_return response;
  });
  const auto times = [&](int answer) {
    status = answer;
    return std::exchange(asked, 0);
  };
  run([&]() -> net::Task<void> {
    const Source small = source_of("x", 1), large = source_of(patterned(9 * kMiB), kMiB);
    EXPECT_EQ((co_await store().put("name", small)).error().code, Code::unavailable);
    EXPECT_EQ(times(403), 3) << "once, and after each pause";
    EXPECT_EQ((co_await store().look("name")).error().code, Code::internal);
    EXPECT_EQ(times(500), 1) << "a refusal stays one";
    EXPECT_EQ((co_await store().put("name", large)).error().code, Code::unavailable);
    EXPECT_EQ(times(200), 1) << "that upload may have been begun";
  });
}

TEST_F(FakeS3, HasToAnswerARangeWithThatRange) {
  std::string body = "0123456789";
  serve([&](net::Request&) -> net::Task<net::Response> {
    net::Response response{.content_type = "application/octet-stream", .body = body};
    co_return response;
  });
  run([&]() -> net::Task<void> {
    const StoredObject object{"name", 200'000, "\"etag\""};
    EXPECT_EQ(must(co_await store().read(object, 0, 10)), body);
    EXPECT_EQ((co_await store().read(object, 0, 9)).error().code, Code::conflict);
    // One that sends more and more is not listened to.
    body = std::string(200'000, 'x');
    EXPECT_EQ((co_await store().read(object, 0, 9)).error().code, Code::unavailable);
  });
}

TEST_F(FakeS3, IsNotSpokenToWithoutItsCertificate) {
  serve([](net::Request&) -> net::Task<net::Response> {
    net::Response response;
    co_return response;
  });
  std::string other = url("https");
  other.resize(other.find("&ca="));
  const auto untrusting = open_hasty(other, workers_);
  run([&]() -> net::Task<void> {
    EXPECT_EQ((co_await untrusting->remove("name")).error().code, Code::unavailable);
    must(co_await store().remove("name"));
  });
}

TEST(S3Url, IsRefusedWhereItDoesNotSayEnough) {
  const TemporaryFolder folder;
  const auto write = [&](const char* name, const char* text, mode_t mode) {
    std::ofstream(folder.path() / name) << text;
    ::chmod((folder.path() / name).c_str(), mode);
    return "&credentials=" + (folder.path() / name).string();
  };
  const std::string good = write("good", "id\nsecret\n", 0600);
  const auto settings = must(parse_s3_url("https://storage.googleapis.com/shop-objects?region=auto" + good));
  EXPECT_EQ(settings.bucket, "https://storage.googleapis.com/shop-objects");
  EXPECT_EQ(settings.region, "auto");
  EXPECT_EQ(settings.access_key, "id");
  EXPECT_EQ(settings.secret_key.view(), "secret");
  EXPECT_TRUE(parse_s3_url("http://127.0.0.1:9000/objects?region=x" + good));
  const std::string open = write("open", "id\nsecret\n", 0644), one_line = write("short", "id\n", 0600);
  const std::vector<std::string> bad_urls{"https://host/objects",
                                          "https://host/objects?region=x",
                                          "https://host/objects?x=y" + good,
                                          "https://host/?region=x" + good,
                                          "https://host/objects/below?region=x" + good,
                                          "https://host/UP?region=x" + good,
                                          "http://host/objects?region=x" + good,
                                          "ftp://host/objects?region=x" + good,
                                          "https://host/objects?region=x&more=1" + good,
                                          "https://host/objects?region=x" + open,
                                          "https://host/objects?region=x" + one_line,
                                          "https://host/objects?region=x&credentials=/nowhere"};
  for (const std::string& bad : bad_urls) EXPECT_EQ(parse_s3_url(bad).error().code, Code::invalid) << bad;
}

TEST(S3Silence, IsNotWaitedForLongerThanItsPatience) {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listening, 8), 0);
  ASSERT_EQ(::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size), 0);
  S3Settings settings;
  settings.bucket = fmt::format("http://127.0.0.1:{}/objects", ntohs(address.sin_port));
  settings.region = "auto";
  settings.access_key = "id";
  settings.secret_key = Secret::of("secret");
  settings.patience = std::chrono::seconds(1);
  settings.pauses.clear();
  net::Workers workers(1, 8);
  S3Store store(std::move(settings), workers);
  log::set_level("off");
  run([&]() -> net::Task<void> { EXPECT_EQ((co_await store.look("name")).error().code, Code::unavailable); });
  log::set_level("error");
  ::close(listening);
}

}  // namespace
}  // namespace cordon::keys
