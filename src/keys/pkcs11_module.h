// A PKCS#11 module: the library through which a token is spoken to (PKCS#11 v2.40, v3.0).
#pragma once
#include <p11-kit/pkcs11.h>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/error.h"
#include "keys/secret.h"

namespace cordon::keys {

/// One a path and process, for a module's state is the process's: loaded and initialised at first use, and never let
/// go, since others in the process may use it too. Any thread: it is told to lock by itself (CKF_OS_LOCKING_OK).
class Pkcs11Module {
 public:
  /// Code::invalid where `path` is no module, or it does not start.
  static Result<std::shared_ptr<Pkcs11Module>> load(const std::filesystem::path& path);
  Pkcs11Module(const Pkcs11Module&) = delete;

  CK_FUNCTION_LIST& operator*() const { return *functions_; }
  CK_FUNCTION_LIST* operator->() const { return functions_; }

  /// Logs the process in to the token in `slot` as its user; CKR_OK if it is already. A token counts wrong PINs and
  /// locks itself, so one that it has refused is not shown to it again: CKR_PIN_INCORRECT at once. And since a token
  /// that is logged in looks at no PIN, one that is not that of the first login is refused here.
  CK_RV log_in(CK_SESSION_HANDLE session, CK_SLOT_ID slot, const Secret& pin);

 private:
  struct Login {
    Secret good, refused;
  };
  explicit Pkcs11Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}

  CK_FUNCTION_LIST* functions_;
  std::mutex mutex_;
  std::map<CK_SLOT_ID, Login> logins_;
};

}  // namespace cordon::keys
