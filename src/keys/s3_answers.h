// What an S3 store says in XML, and what it is told: the few documents that storing needs.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::keys {

/// One page of ListObjectsV2.
struct S3Page {
  std::vector<std::string> names;
  std::string next;  ///< the token that asks for the next page; empty: this was the last
};
/// nullopt where it is something else.
std::optional<S3Page> read_s3_page(std::string_view xml);
/// The id in the answer to CreateMultipartUpload; nullopt where there is none.
std::optional<std::string> read_s3_upload(std::string_view xml);
/// Whether CompleteMultipartUpload has completed it: its status is 200 before it is known, and an error may follow in
/// the body.
bool is_s3_completed(std::string_view xml);
/// The code of an error, for the log; empty if it is none.
std::string read_s3_error(std::string_view xml);
/// The parts that make up an upload, by their ETags, the first one first.
std::string write_s3_parts(const std::vector<std::string>& etags);

}  // namespace cordon::keys
