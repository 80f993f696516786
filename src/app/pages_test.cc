// The embedded pages: each file under a tag of its own, and not sent again to whoever has it.
#include "app/pages.h"

#include <gtest/gtest.h>

#include <set>

#include "base/embedded.h"

namespace cordon::app {
namespace {

std::optional<net::Response> get_page(std::string path, std::string tag = {}) {
  net::Request request;
  request.path = std::move(path);
  if (!tag.empty()) request.headers.emplace_back("If-None-Match", std::move(tag));
  return page(request, true);
}

std::string tag_in(const net::Response& response) {
  for (const net::Header& h : response.headers)
    if (h.first == "ETag") return h.second;
  return {};
}

TEST(Pages, HaveATagForEachFileAndAreNotSentToWhoKnowsIt) {
  std::set<std::string> texts, tags;
  const auto look = [&](const std::string& path, const embedded::File& file) {
    SCOPED_TRACE(path);
    const auto sent = get_page(path);
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->fixed, file.text());
    const std::string tag = tag_in(*sent);
    const auto again = get_page(path, tag);
    EXPECT_EQ(again->status, 304);
    EXPECT_TRUE(again->fixed.empty() && again->body.empty());
    EXPECT_EQ(get_page(path, "\"another\"")->status, 200);
    texts.emplace(file.text());
    tags.insert(tag);
  };
  for (const embedded::File& file : embedded::console())
    if (std::string_view(file.name) != "index.html") look(std::string("/console/") + file.name, file);
  for (const embedded::File& file : embedded::storefront()) look(std::string("/shops-assets/") + file.name, file);
  for (const embedded::File& file : embedded::widget())
    if (std::string_view(file.name) == "widget.js") look("/widget.js", file);
  EXPECT_GT(tags.size(), 2u);
  EXPECT_EQ(tags.size(), texts.size());
}

}  // namespace
}  // namespace cordon::app
