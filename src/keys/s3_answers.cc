#include "keys/s3_answers.h"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <memory>

namespace cordon::keys {

namespace {

using Document = std::unique_ptr<xmlDoc, void (*)(xmlDoc*)>;

Document parse(std::string_view xml) {
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  return {xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, kOptions), xmlFreeDoc};
}

bool is(const xmlNode* node, std::string_view name) {
  return node != nullptr && node->type == XML_ELEMENT_NODE && reinterpret_cast<const char*>(node->name) == name;
}

/// The root, if it has that name. Stores differ in the name space, so it is not looked at.
const xmlNode* root(const Document& document, std::string_view name) {
  const xmlNode* node = document ? xmlDocGetRootElement(document.get()) : nullptr;
  return is(node, name) ? node : nullptr;
}

const xmlNode* child(const xmlNode* of, std::string_view name) {
  for (const xmlNode* node = of == nullptr ? nullptr : of->children; node != nullptr; node = node->next)
    if (is(node, name)) return node;
  return nullptr;
}

std::string text(const xmlNode* node) {
  if (node == nullptr) return {};
  const std::unique_ptr<xmlChar, void (*)(void*)> content(xmlNodeGetContent(node), xmlFree);
  return content ? reinterpret_cast<const char*>(content.get()) : "";
}

}  // namespace

std::optional<S3Page> read_s3_page(std::string_view xml) {
  const Document document = parse(xml);
  const xmlNode* result = root(document, "ListBucketResult");
  if (result == nullptr) return std::nullopt;
  S3Page page;
  for (const xmlNode* node = result->children; node != nullptr; node = node->next)
    if (is(node, "Contents")) page.names.push_back(text(child(node, "Key")));
  if (text(child(result, "IsTruncated")) != "true") return page;
  page.next = text(child(result, "NextContinuationToken"));
  if (page.next.empty()) return std::nullopt;
  return page;
}

std::optional<std::string> read_s3_upload(std::string_view xml) {
  const Document document = parse(xml);
  std::string id = text(child(root(document, "InitiateMultipartUploadResult"), "UploadId"));
  if (id.empty()) return std::nullopt;
  return id;
}

bool is_s3_completed(std::string_view xml) { return root(parse(xml), "CompleteMultipartUploadResult") != nullptr; }

std::string read_s3_error(std::string_view xml) {
  const Document document = parse(xml);
  return text(child(root(document, "Error"), "Code"));
}

std::string write_s3_parts(const std::vector<std::string>& etags) {
  std::string xml = "<CompleteMultipartUpload>";
  for (size_t i = 0; i < etags.size(); ++i) {
    const std::unique_ptr<xmlChar, void (*)(void*)> etag(
        xmlEncodeSpecialChars(nullptr, reinterpret_cast<const xmlChar*>(etags[i].c_str())), xmlFree);
    xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1,
                       reinterpret_cast<const char*>(etag.get()));
  }
  return xml + "</CompleteMultipartUpload>";
}

}  // namespace cordon::keys
