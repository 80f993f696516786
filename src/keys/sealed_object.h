// Objects that a store keeps and cannot read: sealed as a stream (stream.h) on their way in, opened on their way out.
#pragma once
#include "keys/object_store.h"
#include "keys/stream.h"

namespace cordon::keys {

/// Seals everything that `plain` gives and puts it under a name; returns how long the plaintext is, in bytes. Needs as
/// much memory as the store does, for any length. `key` has 32 bytes and is not needed any more once the task has
/// begun; `aad` says whose object this is and which: its tenant and id. Errors as those of ObjectStore::put().
net::Task<Result<uint64_t>> put_sealed(ObjectStore& store, std::string name, const Secret& key, std::string aad,
                                       Source plain);

/// A sealed object, opened for reading. The store outlives it.
class SealedObject {
 public:
  /// Looks at the object and reads its header. Code::not_found if there is none, Code::internal if it cannot be one.
  static net::Task<Result<SealedObject>> open(ObjectStore& store, std::string name, const Secret& key, std::string aad);

  /// How long the plaintext is by the store's word, in bytes; reading up to the end proves it (SegmentReader).
  uint64_t size() const { return reader_.plain_size(); }
  /// Hands a range of the plaintext to `sink`, as far as there are that many bytes, and reads no more of the object
  /// than the segments it lies in. Each piece is authenticated before the sink has it, but only Done says that these
  /// were all: on Code::internal the object was tampered with further on, truncated or mixed up. Code::conflict if the
  /// name has another object since it was opened.
  net::Task<Result<Done>> read(ByteRange range, Sink sink);

 private:
  SealedObject(ObjectStore& store, StoredObject object, SegmentReader reader)
      : store_(&store), object_(std::move(object)), reader_(std::move(reader)) {}

  ObjectStore* store_;
  StoredObject object_;
  SegmentReader reader_;
};

}  // namespace cordon::keys
