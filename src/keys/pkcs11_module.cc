#include "keys/pkcs11_module.h"

#include <dlfcn.h>

#include "base/random.h"

namespace cordon::keys {

Result<std::shared_ptr<Pkcs11Module>> Pkcs11Module::load(const std::filesystem::path& path) {
  static std::mutex mutex;
  static std::map<std::filesystem::path, std::shared_ptr<Pkcs11Module>> loaded;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Pkcs11Module>& module = loaded[path];
  if (module) return module;
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail(Code::invalid, "cannot load the PKCS#11 module " + path.string());
  const auto list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (list == nullptr || list(&functions) != CKR_OK || functions == nullptr) {
    ::dlclose(library);
    return fail(Code::invalid, path.string() + " is no PKCS#11 module");
  }
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV rv = functions->C_Initialize(&arguments);
  if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
    return fail(Code::invalid, fmt::format("the PKCS#11 module {} does not start: {:#x}", path.string(), rv));
  module.reset(new Pkcs11Module(functions));
  return module;
}

CK_RV Pkcs11Module::log_in(CK_SESSION_HANDLE session, CK_SLOT_ID slot, const Secret& pin) {
  const std::lock_guard lock(mutex_);
  Login& login = logins_[slot];
  if (!login.refused.empty() && same_secret(login.refused.view(), pin.view())) return CKR_PIN_INCORRECT;
  // C_Login does not change the PIN, but its type does not say so.
  const CK_RV rv = functions_->C_Login(session, CKU_USER, const_cast<uint8_t*>(pin.data()), pin.size());
  if (rv == CKR_OK) login.good = Secret::of(pin.view());
  if (rv == CKR_PIN_INCORRECT) login.refused = Secret::of(pin.view());
  if (rv != CKR_USER_ALREADY_LOGGED_IN) return rv;
  return login.good.empty() || same_secret(login.good.view(), pin.view()) ? CKR_OK : CKR_PIN_INCORRECT;
}

}  // namespace cordon::keys
