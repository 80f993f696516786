// Where objects (exports, attachments) lie, under names. Two kinds, chosen by a URL:
//
//   folder:/var/lib/cordon/objects    files in a folder
//   s3:https://host/bucket?region=eu-central-1&credentials=/etc/cordon/s3
//                                     a bucket of S3 or whatever speaks as S3 does (s3_store.h)
//
// A store sees bytes and knows no keys: what is worth hiding is sealed before (sealed_object.h).
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/task.h"

namespace cordon::net {
class Workers;
}

namespace cordon::keys {

/// Gives the next piece of something, of any length; nullopt after the last one. Asked for a piece when the one before
/// is dealt with, so that nothing piles up.
using Source = std::function<net::Task<Result<std::optional<std::string>>>()>;
/// Takes the next piece, which is there until its task has ended. An error stops whoever sends.
using Sink = std::function<net::Task<Result<Done>>(std::string_view piece)>;

/// `length` bytes from `offset`, as far as there are that many; by itself everything.
struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = UINT64_MAX;
};

/// An object as it was when it was looked at: what is put under its name later is another one.
struct StoredObject {
  std::string name;
  uint64_t size = 0;    ///< bytes
  std::string version;  ///< of the store's own
};

/// Names are 1 to 512 characters: parts of letters, digits, '.', '_' and '-', with '/' between them; no part is empty
/// or begins with '.'. Another name is Code::invalid.
///
/// Needs some MiB of memory for an object of any length. Any reactor; many objects at a time. Every method may fail
/// with Code::unavailable (away, full or too slow: try again) and with Code::internal (not allowed to, or not a store:
/// the log tells why).
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  /// Keeps everything that `source` gives under a name, in the place of what was there, and returns how many bytes that
  /// is. An error of the source is passed on. After an error the name is as it was before, unless it was the store's
  /// last answer that was lost.
  virtual net::Task<Result<uint64_t>> put(std::string name, Source source) = 0;
  /// Code::not_found if there is none.
  virtual net::Task<Result<StoredObject>> look(std::string name) = 0;
  /// `length` bytes from `offset`, which all have to be there, in memory. Code::conflict if the name has another object
  /// by now, Code::not_found if none.
  virtual net::Task<Result<std::string>> read(StoredObject object, uint64_t offset, uint64_t length) = 0;
  /// How many bytes are best read at a time: some MiB.
  virtual uint64_t read_bytes() const = 0;
  /// Also fine if there is none.
  virtual net::Task<Result<Done>> remove(std::string name) = 0;
  /// The names that begin with `prefix`, in order of their bytes.
  virtual net::Task<Result<std::vector<std::string>>> list(std::string prefix) = 0;

  /// look(), then read() piece by piece. What the sink has had before an error is right as far as it goes.
  net::Task<Result<Done>> get(std::string name, ByteRange range, Sink sink);
  net::Task<Result<uint64_t>> size(std::string name);
};

/// Opens the store that `url` names. It works on `workers`, which outlive it; a job there takes as long as 8 MiB take.
/// Code::invalid, naming what is wrong.
Result<std::unique_ptr<ObjectStore>> open_store(std::string_view url, net::Workers& workers);

/// Code::invalid for what is no name of an object, or cannot be the beginning of one.
Result<Done> check_object_name(std::string_view name);
Result<Done> check_object_prefix(std::string_view prefix);

/// A source in pieces of one length.
class Pieces {
 public:
  Pieces(Source source, size_t length) : source_(std::move(source)), length_(length) {}
  /// `length` bytes; fewer at the end only, and none after it.
  net::Task<Result<std::string>> next();

 private:
  Source source_;
  size_t length_;
  std::string rest_;  ///< what the source gave, used up as far as at_
  size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace cordon::keys
