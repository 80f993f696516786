#include "staff/mail.h"

#include <curl/curl.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "base/random.h"

namespace cordon::staff {

namespace {

using Curl = std::unique_ptr<CURL, void (*)(CURL*)>;
using List = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

std::string first_line(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

/// A part of `url` as libcurl reads it, or all of it, without who signs in there.
std::string part_of(const std::string& url, CURLUPart part) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  char* text = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  for (const CURLUPart who : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS})
    curl_url_set(parsed.get(), who, nullptr, 0);
  if (curl_url_get(parsed.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

void append(List& list, const std::string& line) {
  if (curl_slist* longer = curl_slist_append(list.get(), line.c_str())) {
    list.release();  // NOLINT(bugprone-unused-return-value): libcurl's list holds it now
    list.reset(longer);
  }
}

/// RFC 5322 section 3.3, in UTC.
std::string date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 64> out;
  return {out.data(), std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S +0000", &utc)};
}

}  // namespace

std::string server_of(const MailSettings& settings) { return part_of(settings.url, CURLUPART_URL); }

Result<Done> send_mail(const MailSettings& settings, const Mail& mail) {
  const Curl curl(curl_easy_init(), curl_easy_cleanup);
  List to(nullptr, curl_slist_free_all), headers(nullptr, curl_slist_free_all);
  append(to, mail.to);
  append(headers, "From: Cordon <" + settings.from + ">");
  append(headers, "To: <" + mail.to + ">");
  append(headers, "Subject: " + mail.subject);
  append(headers, "Date: " + date());
  append(headers, "Message-ID: <" + random_secret() +
                      settings.from.substr(std::min(settings.from.find('@'), settings.from.size())) + ">");
  append(headers, "Auto-Submitted: auto-generated");
  const std::unique_ptr<curl_mime, void (*)(curl_mime*)> body(curl_mime_init(curl.get()), curl_mime_free);
  curl_mimepart* text = curl_mime_addpart(body.get());
  curl_mime_data(text, mail.text.data(), mail.text.size());
  curl_mime_type(text, "text/plain; charset=utf-8");
  curl_mime_encoder(text, "quoted-printable");
  CURL* c = curl.get();
  curl_easy_setopt(c, CURLOPT_URL, settings.url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(c, CURLOPT_USE_SSL,
                   is_loopback(part_of(settings.url, CURLUPART_HOST)) ? CURLUSESSL_TRY : CURLUSESSL_ALL);
  curl_easy_setopt(c, CURLOPT_MAIL_FROM, ("<" + settings.from + ">").c_str());
  curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(c, CURLOPT_MIMEPOST, body.get());
  curl_easy_setopt(c, CURLOPT_TIMEOUT, 30L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  const std::string password = settings.user.empty() ? "" : first_line(settings.password_file);
  if (!settings.user.empty()) {
    curl_easy_setopt(c, CURLOPT_USERNAME, settings.user.c_str());
    curl_easy_setopt(c, CURLOPT_PASSWORD, password.c_str());
  }
  const CURLcode code = curl_easy_perform(c);
  if (code != CURLE_OK) return fail(Code::unavailable, std::string("mail was not sent: ") + curl_easy_strerror(code));
  return Done{};
}

}  // namespace cordon::staff
