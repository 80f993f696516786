// An object store that speaks S3: Amazon's, Google's (its XML API, with an HMAC key), MinIO, Ceph and so on.
#pragma once
#include "keys/object_store.h"
#include "keys/s3_request.h"

namespace cordon::keys {

/// What comes after `s3:`, https://host/bucket?region=R&credentials=FILE, with &ca=FILE where the store's certificate
/// is of an authority of one's own. The file of credentials has two lines, access key id and secret, and is nobody
/// else's to read (0600). Code::invalid, naming what is wrong.
Result<S3Settings> parse_s3_url(std::string_view text);

/// Objects of less than 8 MiB are one request; longer ones are a multipart upload in parts of 8 MiB, which needs no
/// length beforehand and is an object only once it is completed. 10,000 parts are the most that S3 takes: past 78 GiB
/// put() fails with Code::too_large. What a busy store or a broken connection refuses is asked again a few times
/// (may_ask_again). An upload that fails is aborted; for what is left of one whose process died, the
/// bucket should have a lifecycle rule (AbortIncompleteMultipartUpload).
class S3Store : public ObjectStore {
 public:
  S3Store(S3Settings settings, net::Workers& workers) : connections_(std::move(settings)), workers_(workers) {}

  net::Task<Result<uint64_t>> put(std::string name, Source source) override;
  net::Task<Result<StoredObject>> look(std::string name) override;
  net::Task<Result<std::string>> read(StoredObject object, uint64_t offset, uint64_t length) override;
  uint64_t read_bytes() const override { return 8 << 20; }
  net::Task<Result<Done>> remove(std::string name) override;
  net::Task<Result<std::vector<std::string>>> list(std::string prefix) override;

 private:
  net::Task<Result<S3Answer>> ask(const S3Request& request);
  net::Task<Result<uint64_t>> put_parts(const std::string& name, const std::string& upload, Pieces& pieces,
                                        std::string part);

  S3Connections connections_;
  net::Workers& workers_;
};

}  // namespace cordon::keys
