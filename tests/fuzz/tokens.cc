// Everything that a stranger's token or proof is read with: whatever comes, an error or a pass, and never a crash.
// The first byte chooses the reader.
#include <cstdlib>
#include <filesystem>

#include "base/json.h"
#include "base/random.h"
#include "identity/proof.h"
#include "identity/service_token.h"

using namespace cordon;

namespace {

/// The signing key of this run, in a folder that goes with it.
std::shared_ptr<const identity::Signer> signer() {
  static const auto made = [] {
    std::string folder = (std::filesystem::temp_directory_path() / "cordon-fuzz-XXXXXX").string();
    if (!::mkdtemp(folder.data())) std::abort();
    auto opened = identity::Signer::open(folder);
    std::filesystem::remove_all(folder);
    if (!opened) std::abort();
    return *opened;
  }();
  return made;
}

std::string encode(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

/// A proof over claims that the fuzzer chose; its key is the fuzzer's own.
std::string proof_of(std::string_view claims) {
  static const identity::Key key = identity::Key::generate();
  const std::string input =
      encode(R"({"typ":"dpop+jwt","alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":")" + key.x() + "\"}}") + "." +
      encode(claims);
  return input + "." + encode(key.sign(input));
}

void check_proof(std::string proof) {
  static identity::Proofs proofs;
  net::Request request;
  request.path = "/v1/me";
  request.headers = {{"Host", "cordon.example"}, {"DPoP", std::move(proof)}};
  (void)proofs.check(request, "token");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  identity::Verifier verifier(signer());
  switch (data[0] % 8) {
    case 0: (void)verifier.verify(text); break;
    case 1:
      // Claims that the fuzzer chose, under a good signature: what is behind the signature is fuzzed as well.
      (void)verifier.verify(identity::sign_compact(*signer(), "at+jwt", text));
      break;
    case 2: check_proof(text); break;
    case 3: check_proof(proof_of(text)); break;
    case 4: {
      const auto jwk = json::parse(text);
      if (jwk && jwk->is_object()) (void)identity::Key::from_jwk(jwk->get_object());
      (void)identity::KeySet().learn(text);
      break;
    }
    case 5: (void)net::parse_query(text); break;
    case 6: (void)identity::read_service_token(*signer(), text, door::Service::worker); break;
    default:
      (void)identity::read_service_token(*signer(), identity::sign_compact(*signer(), "st+jwt", text),
                                         door::Service::worker);
  }
  return 0;
}
