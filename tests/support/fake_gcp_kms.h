// A Google Cloud KMS of our own on loopback, with the servers that give access tokens: strict about what it is asked.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "keys/gcp_kms.h"
#include "keys/xaes.h"
#include "support/served.h"

namespace cordon::testing {

class FakeGcpKms {
 public:
  /// What can be wrong with the answer to a request of the KMS. https://cloud.google.com/kms/quotas and google.rpc.Code
  /// say what it means.
  enum class Trouble {
    quota,             ///< 429 RESOURCE_EXHAUSTED: nothing was done
    late,              ///< 504 DEADLINE_EXCEEDED: it was done all the same
    held,              ///< none comes until let_go(), when it is done
    wrong_checksum,    ///< of the bytes that it carries
    plain_unverified,  ///< it says that the plaintext's checksum did not come
    aad_unverified,
    unauthenticated,  ///< 401
    forbidden         ///< 403 PERMISSION_DENIED
  };

  FakeGcpKms();
  ~FakeGcpKms() { let_go(); }

  /// As the machine's account asks.
  keys::GcpKmsOptions options() const;
  /// As a service account asks, with a file that is made for it.
  keys::GcpKmsOptions account_options();
  /// A service account's file; `change` may spoil it.
  std::filesystem::path account_file(std::string_view name, std::function<void(boost::json::object&)> change = {});
  const std::string& key() const { return key_; }
  const std::string& origin() const { return origin_; }
  std::filesystem::path certificate() const { return served_.certificate(); }

  /// So many requests to the KMS from now on go wrong in this way: of one kind (see asked()), or of any.
  void make(Trouble trouble, int times = 1, std::string_view kind = {});
  void let_go() { holding_ = false; }
  void set_state(int64_t version, std::string state);
  std::string state(int64_t version);
  int64_t primary();
  /// How often a new version is asked for before it is enabled.
  void set_pending(int times) { pending_ = times; }
  /// How much more is encrypted with the version before, once another one has become primary.
  void set_lag(int times) { lag_ = times; }
  /// What a token says that it lives.
  void set_lifetime(int64_t seconds) { lifetime_ = seconds; }
  /// No token is given any more, with this status.
  void refuse_tokens(int status) { token_status_ = status; }
  /// A token that the KMS takes.
  std::string make_token();

  std::vector<std::string> faults();  ///< in what we were asked: a test ends with none
  /// How often something was done: "encrypt", "decrypt", "key", "list", "version", "create", "updatePrimaryVersion" and
  /// "destroy" of the KMS, a token for "machine" or "account".
  int asked(const std::string& what);

 private:
  struct Version {
    std::string state;
    keys::Xaes key;
    int pending = 0;
  };
  net::Task<net::Response> answer(net::Request& request);
  std::string kind_of(const net::Request& request) const;
  std::optional<Trouble> take_trouble(const net::Request& request);
  net::Response respond(const net::Request& request, std::optional<Trouble> trouble);
  net::Response machine_token(const net::Request& request);
  net::Response account_token(const net::Request& request);
  net::Response kms(const net::Request& request, std::string_view rest, std::optional<Trouble> trouble);
  net::Response encrypt(const boost::json::object& body, std::optional<Trouble> trouble);
  net::Response decrypt(const boost::json::object& body, std::optional<Trouble> trouble);
  net::Response list(const net::Request& request);
  net::Response one(const net::Request& request, std::string_view rest);
  net::Response create();
  net::Response make_primary(const boost::json::object& body);
  std::optional<std::string> read_member(const boost::json::object& body, const std::string& name);
  boost::json::object describe(int64_t number);
  boost::json::object describe_key();
  void verify_assertion(std::string_view assertion);
  void add_version();
  void fault(const std::string& what) { faults_.push_back(what); }

  std::string key_ = "projects/example.com:shop/locations/europe-west1/keyRings/cordon/cryptoKeys/tenants";
  std::mutex mutex_;
  std::map<int64_t, Version> versions_;
  int64_t primary_ = 1, before_ = 1;
  int lagging_ = 0;
  std::vector<std::pair<std::string, Trouble>> troubles_;  ///< with the kind of request
  std::atomic<bool> holding_ = false;
  std::atomic<int> pending_ = 0, lag_ = 0, token_status_ = 200;
  std::atomic<int64_t> lifetime_ = 3599;
  std::set<std::string> tokens_;
  std::map<std::string, int> asked_;
  std::vector<std::string> faults_;
  std::shared_ptr<evp_pkey_st> account_key_;
  TemporaryFolder folder_;
  Served served_;
  std::string origin_;
};

/// A server on loopback that speaks plain HTTP and says one thing, as the metadata server does.
class PlainHttp {
 public:
  explicit PlainHttp(std::string body);
  ~PlainHttp();
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// The head of the request that came last.
  std::string asked();

 private:
  void serve();

  std::string body_, asked_;
  std::mutex mutex_;
  int fd_;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace cordon::testing
