// E-mail to staff: links that are theirs alone. SMTP through libcurl.
#pragma once
#include <filesystem>
#include <string>

#include "base/error.h"

namespace cordon::staff {

struct MailSettings {
  std::string url;  ///< smtps://mail.example or smtp://mail.example:587; empty: no mail is sent
  std::string user;
  std::filesystem::path password_file;  ///< its first line
  std::string from;                     ///< "cordon@example.com"
};

struct Mail {
  std::string to, subject, text;
};

/// Whether `address` can stand in a mail's header and envelope as it is: one @, no blanks, quotes or controls, 254
/// bytes at most (RFC 5321 section 4.5.3.1). Whether anybody reads it, a link sent there tells.
bool is_address(std::string_view address);

/// Hands a mail to the server: TLS with a certificate that holds, unless the server is this machine itself. Blocks, at
/// most 30 seconds: call it on a worker. Code::unavailable with what the server said.
Result<Done> send_mail(const MailSettings& settings, const Mail& mail);

}  // namespace cordon::staff
