#include "support/server.h"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "db/process.h"
#include "support/world.h"

namespace cordon::testing {

namespace fs = std::filesystem;

static std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// As this user, its output into `log`; dies with the test program.
static pid_t start(std::vector<std::string> arguments, const fs::path& log) {
  arguments.insert(arguments.begin(), CORDON_BINARY);
  fs::remove(log);
  return must(db::spawn(arguments, {0, 0, log}, true));
}

static int end_of(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

ServerProcess::ServerProcess(const fs::path& data, std::vector<std::string> options)
    : data_(data), log_(data.string() + ".log") {
  std::vector<std::string> arguments{"--data", data.string(), "--port", "0"};
  const auto command = std::find(options.begin(), options.end(), "serve");
  arguments.insert(arguments.end(), options.begin(), command);
  arguments.insert(arguments.end(), {"serve", "--threads", "1"});
  if (command != options.end()) arguments.insert(arguments.end(), command + 1, options.end());
  pid_ = start(std::move(arguments), log_);
}

ServerProcess::~ServerProcess() {
  if (pid_ <= 0) return;
  signal(SIGTERM);
  wait();
}

bool ServerProcess::wait_until_serving() {
  for (int i = 0; i < 3000; ++i) {
    if (log().find("\"serving\"") != std::string::npos) return true;
    siginfo_t ended{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == pid_)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

void ServerProcess::signal(int number) { ::kill(pid_, number); }

int ServerProcess::wait() { return end_of(std::exchange(pid_, -1)); }

std::string ServerProcess::log() const { return text_of(log_); }

net::ClientOptions ServerProcess::client() const {
  const std::string said = log();
  const size_t at = said.find("https://127.0.0.1:");
  if (at == std::string::npos) throw std::runtime_error("it does not serve: " + said);
  net::ClientOptions options;
  options.port = static_cast<uint16_t>(std::stoi(said.substr(at + 18)));
  options.trust = data_ / "tls" / "certificate.pem";
  options.origin = "https://127.0.0.1:" + std::to_string(options.port);
  return options;
}

Outcome run_cordon(std::vector<std::string> arguments, const fs::path& log) {
  const int status = end_of(start(std::move(arguments), log));
  return {status, text_of(log)};
}

pid_t postmaster_of(const fs::path& data) {
  std::ifstream in(data / "postgres" / "postmaster.pid");
  pid_t pid = 0;
  return in >> pid && ::kill(pid, 0) == 0 ? pid : 0;
}

}  // namespace cordon::testing
