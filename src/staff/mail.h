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

/// The URL of the server, to tell of: without a user and a password, which it may have.
std::string server_of(const MailSettings& settings);

/// Hands a mail to the server: TLS with a certificate that holds, unless the server is this machine itself. Blocks, at
/// most 30 seconds: call it on a worker. Code::unavailable with what the server said.
Result<Done> send_mail(const MailSettings& settings, const Mail& mail);

}  // namespace cordon::staff
