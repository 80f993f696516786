// An object store that is a folder: for one machine, or several that share a file system.
#pragma once
#include <filesystem>

#include "keys/object_store.h"

namespace cordon::keys {

/// An object is a file of mode 0600 under its name, its folders of 0700. It is written under another name in
/// `.incoming`, made durable (fsync, of its folder too) and renamed: nobody sees half an object. What a process that
/// died left in
/// `.incoming` goes when the store is opened a day later.
class FolderStore : public ObjectStore {
 public:
  /// Makes the folder if it is not there. Code::invalid unless `folder` is an absolute path that can be written to.
  static Result<std::unique_ptr<ObjectStore>> open(const std::filesystem::path& folder, net::Workers& workers);

  net::Task<Result<uint64_t>> put(std::string name, Source source) override;
  net::Task<Result<StoredObject>> look(std::string name) override;
  net::Task<Result<std::string>> read(StoredObject object, uint64_t offset, uint64_t length) override;
  uint64_t read_bytes() const override { return 1 << 20; }
  net::Task<Result<Done>> remove(std::string name) override;
  net::Task<Result<std::vector<std::string>>> list(std::string prefix) override;

 private:
  FolderStore(std::filesystem::path folder, net::Workers& workers) : folder_(std::move(folder)), workers_(workers) {}

  std::filesystem::path folder_;
  net::Workers& workers_;
};

}  // namespace cordon::keys
