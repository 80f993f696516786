// Our app as it is registered with Shopify: one for the whole process.
#pragma once
#include <filesystem>
#include <memory>

#include "net/client.h"
#include "shopify/signature.h"

namespace cordon::shopify {

/// What the operator sets; without a client id there is no app, and Shopify's routes answer 404.
struct Options {
  std::string client_id;
  std::filesystem::path secret_file;           ///< the client secret, a line end at its end is left out
  std::filesystem::path previous_secret_file;  ///< the one before it, see below
  std::string scopes;                          ///< what every shop has to grant, separated by commas
  std::string base;                            ///< tests: "https://127.0.0.1:8444" is asked in every shop's place
  std::filesystem::path trust;                 ///< tests: the certificate of `base`
};

struct App {
  std::string client_id;  ///< letters, digits, '-' and '_'
  Secrets secrets;
  std::vector<std::string> scopes;
  std::optional<net::ClientOptions> instead;  ///< who is asked in every shop's place

  /// The scopes that every shop has to grant and that `granted` has not; write_x includes read_x, and
  /// unauthenticated_write_x unauthenticated_read_x.
  std::vector<std::string> missing(const std::vector<std::string>& granted) const;
};

/// Null without a client id. Code::invalid where the options do not hold. The previous secret holds for an hour after
/// the other took its place: at the time in the second line of its file, or when the other's file was written.
Result<std::shared_ptr<const App>> open_app(const Options& options);

/// "read_orders,write_products" as a list.
std::vector<std::string> split_scopes(std::string_view text);
std::string join_scopes(const std::vector<std::string>& scopes);

}  // namespace cordon::shopify
