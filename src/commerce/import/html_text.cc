#include "commerce/import/html_text.h"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/utf8.h"

namespace cordon::commerce {
namespace {

constexpr std::size_t kMaxBytes = 512 * 1024;

bool one_of(const xmlNode* node, std::initializer_list<std::string_view> names) {
  if (node->type != XML_ELEMENT_NODE || node->name == nullptr) return false;
  return std::ranges::find(names, reinterpret_cast<const char*>(node->name)) != names.end();
}

bool is_hidden(const xmlNode* node) {
  return node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE || node->type == XML_DTD_NODE ||
         one_of(node, {"script", "style", "template", "noscript", "iframe", "object", "head"});
}

bool breaks_line(const xmlNode* node) {
  return one_of(node, {"p",          "div",   "br",      "hr",      "ul",     "ol",     "li",    "dl", "dt",
                       "dd",         "table", "tr",      "h1",      "h2",     "h3",     "h4",    "h5", "h6",
                       "blockquote", "pre",   "section", "article", "header", "footer", "figure"});
}

/// Lines of text, each with its white space collapsed; empty ones are left out.
class Lines {
 public:
  void add(std::string_view text) { line_ += text; }

  void end_line() {
    const std::string text = collapse_spaces(line_);
    line_.clear();
    if (text.empty()) return;
    if (!out_.empty()) out_ += '\n';
    out_ += bullet_ ? "- " + text : text;
    bullet_ = false;
  }

  void begin_item() { bullet_ = true; }

  std::string finish() {
    end_line();
    return std::move(out_);
  }

 private:
  std::string out_, line_;
  bool bullet_ = false;
};

/// Walks the tree without recursion: hostile markup nests as deep as it is long.
std::string text_of(const xmlNode* root) {
  Lines lines;
  const xmlNode* node = root;
  while (node != nullptr) {
    const bool hidden = is_hidden(node);
    if (!hidden) {
      if (breaks_line(node)) lines.end_line();
      if (one_of(node, {"li"})) lines.begin_item();
      if (one_of(node, {"td", "th"})) lines.add(" ");
      if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) && node->content != nullptr)
        lines.add(reinterpret_cast<const char*>(node->content));
      if (node->type == XML_ELEMENT_NODE && node->children != nullptr) {
        node = node->children;
        continue;
      }
    }
    while (node != root && node->next == nullptr) {
      node = node->parent;
      if (breaks_line(node)) lines.end_line();
    }
    if (node == root) break;
    node = node->next;
  }
  return lines.finish();
}

}  // namespace

Result<std::string> html_to_text(std::string_view html) {
  if (html.size() > kMaxBytes) return fail(Code::too_large, "the description is longer than 512 KiB");
  if (html.find_first_of("<&") == std::string_view::npos) return collapse_spaces(html);
  const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
  const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
      htmlReadMemory(html.data(), static_cast<int>(html.size()), nullptr, "UTF-8", options), &xmlFreeDoc);
  const xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  return root != nullptr ? text_of(root) : std::string();
}

}  // namespace cordon::commerce
