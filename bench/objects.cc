// How much memory and time an object of 1 GiB takes: sealed into a folder and read back, both as streams. Prints one
// line of JSON: the process's largest resident size, and how fast it went either way.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "keys/sealed_object.h"
#include "load.h"
#include "net/reactor.h"
#include "net/workers.h"

namespace cordon {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kPieceBytes = 64 * 1024;
constexpr std::string_view kAad = "tenant 1, object 1";

/// Byte `at` of what is stored: differs from place to place, so that nothing can be mixed up unseen.
char byte_at(uint64_t at) { return static_cast<char>((at >> 16) + at * 131); }

std::string piece_at(uint64_t at, size_t size) {
  std::string piece(size, '\0');
  for (size_t i = 0; i < size; ++i) piece[i] = byte_at(at + i);
  return piece;
}

double mib_per_s(uint64_t bytes, Clock::time_point start) {
  return static_cast<double>(bytes >> 20) / std::chrono::duration<double>(Clock::now() - start).count();
}

/// Since the process began, in MiB: the kernel counts in KiB.
double peak_mib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

net::Task<void> stream(keys::ObjectStore& store, uint64_t size) {
  const keys::Secret key = keys::Secret::random(32);
  const std::string aad(kAad);
  uint64_t given = 0;
  const keys::Source source = [&]() -> net::Task<Result<std::optional<std::string>>> {
    if (given == size) co_return std::nullopt;
    std::optional<std::string> piece = piece_at(given, std::min<uint64_t>(kPieceBytes, size - given));
    given += piece->size();
    co_return piece;
  };
  auto start = Clock::now();
  const uint64_t stored = must(co_await keys::put_sealed(store, "object", key, aad, source));
  const double put = mib_per_s(stored, start);

  uint64_t taken = 0;
  const keys::Sink sink = [&](std::string_view piece) -> net::Task<Result<Done>> {
    if (piece != piece_at(taken, piece.size())) co_return fail(Code::internal, "not what was stored");
    taken += piece.size();
    co_return Done{};
  };
  start = Clock::now();
  auto object = must(co_await keys::SealedObject::open(store, "object", key, aad));
  const keys::ByteRange all;
  must(co_await object.read(all, sink));
  if (taken != size) throw std::runtime_error("not all came back");
  std::cout << fmt::format(
                   R"({{"object_peak_mib":{:.1f},"object_put_mib_per_s":{:.0f},"object_get_mib_per_s":{:.0f}}})",
                   peak_mib(), put, mib_per_s(taken, start))
            << std::endl;
}

int run(int argc, char** argv) {
  CLI::App app("Seals an object into a folder and reads it back, piece by piece.");
  std::string folder;
  uint64_t mib = 1024;
  app.add_option("--folder", folder, "an absolute path; what the object is put into, and removed from")->required();
  app.add_option("--mib", mib);
  CLI11_PARSE(app, argc, argv);
  net::Reactor reactor;
  net::Workers workers(2, 16);
  const auto store = must(keys::open_store("folder:" + folder, workers));
  std::string failed;
  auto all = [&]() -> net::Task<void> {
    try {
      co_await stream(*store, mib << 20);
      must(co_await store->remove("object"));
    } catch (const std::exception& e) {
      failed = e.what();
    }
    reactor.stop();
  };
  reactor.post([&] { reactor.spawn(all()); });
  reactor.run();
  if (failed.empty()) return 0;
  std::cerr << "cordon_bench_objects: " << failed << "\n";
  return 1;
}

}  // namespace
}  // namespace cordon

int main(int argc, char** argv) { return cordon::load(cordon::run, argc, argv); }
