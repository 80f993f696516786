// A witness of our own on loopback, written on its specification (https://c2sp.org/tlog-witness): strict about what it
// is asked, and told to misbehave.
#pragma once
#include <atomic>
#include <map>
#include <mutex>

#include "audit/note.h"
#include "support/served.h"

namespace cordon::testing {

class StrictWitness {
 public:
  /// What it can do that a witness does not.
  enum class Trouble {
    none,
    away,            ///< 503
    held,            ///< no answer until it is something else
    forged,          ///< a cosignature of another text
    of_nobody,       ///< a cosignature of a key that nobody trusts
    smuggled,        ///< a cosignature of its own text, in front of which it puts that text
    without_a_type,  ///< a 409 whose size is of no type
  };

  explicit StrictWitness(std::string name = "witness.example/w1");
  ~StrictWitness() { make(Trouble::none); }

  /// Of a log that it knows; those of others get 404.
  void trust(const audit::VerifierKey& log);
  /// Has it have cosigned a tree of that size before.
  void remember(const std::string& origin, uint64_t size, const audit::Hash& root);
  void make(Trouble trouble) { trouble_ = trouble; }

  const audit::VerifierKey& key() const { return key_; }
  /// Its line of a policy; `name` is what it is called there.
  std::string policy_line(const std::string& name) const;
  std::filesystem::path certificate() const { return served_.certificate(); }

  uint64_t size_of(const std::string& origin);
  int asked() const { return asked_; }
  /// How many requests were with it at the same time, at most.
  int most_at_once() const { return most_; }
  std::vector<int> statuses();        ///< that it has answered with
  std::vector<std::string> faults();  ///< in the form of what it was asked: a test ends with none

 private:
  struct Log {
    audit::VerifierKey key;
    uint64_t size = 0;
    audit::Hash root = audit::empty_root();
  };
  struct Asked {
    uint64_t old = 0;
    std::vector<audit::Hash> proof;
    audit::Note note;
    audit::Checkpoint checkpoint;
  };
  net::Task<net::Response> answer(net::Request& request);
  net::Response respond(const net::Request& request);
  std::optional<Asked> read(std::string_view body);
  net::Response judge(const Asked& asked);
  net::Response size_response(uint64_t size) const;
  net::Response cosign(const std::string& text);

  std::string name_;
  keys::SigningKey signer_;
  audit::VerifierKey key_;
  std::mutex mutex_;
  std::map<std::string, Log> logs_;
  std::vector<int> statuses_;
  std::vector<std::string> faults_;
  std::atomic<Trouble> trouble_{Trouble::none};
  std::atomic<int> asked_{0}, at_once_{0}, most_{0};
  Served served_;
};

}  // namespace cordon::testing
