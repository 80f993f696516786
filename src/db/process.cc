#include "db/process.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace cordon::db {

Result<pid_t> spawn(const std::vector<std::string>& arguments, const Child& child, bool dies_with_parent) {
  std::vector<char*> argv;
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  const std::string output = child.output.string();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(Code::unavailable, "cannot start " + arguments[0]);
  if (pid > 0) return pid;
  // In the child: only calls that are safe between fork and exec of a threaded process.
  const int log = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log >= 0) {
    if (::geteuid() == 0 && ::fchown(log, child.uid, child.gid) != 0) ::_exit(126);
    ::dup2(log, 1);
    ::dup2(log, 2);
  }
  if (const int null = ::open("/dev/null", O_RDONLY); null >= 0) ::dup2(null, 0);
  if (::geteuid() == 0 && child.uid != 0 &&
      (::setgroups(0, nullptr) != 0 || ::setgid(child.gid) != 0 || ::setuid(child.uid) != 0))
    ::_exit(126);
  ::setsid();
  if (dies_with_parent) {
    // The setting belongs to the thread that forked; it is set again by whoever starts the child anew.
    ::prctl(PR_SET_PDEATHSIG, SIGINT);
    if (::getppid() != parent) ::_exit(125);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  for (int fd = 3; fd < 1024; ++fd) ::close(fd);
  if (::chdir("/") != 0) ::_exit(126);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

Result<Done> run(const std::vector<std::string>& arguments, const Child& child) {
  auto pid = spawn(arguments, child, true);
  if (!pid) return std::unexpected(pid.error());
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Done{};
  std::ifstream in(child.output);
  std::ostringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  return fail(Code::unavailable, arguments[0] + " failed: " + all.substr(all.size() > 600 ? all.size() - 600 : 0));
}

bool may_enter(const std::filesystem::path& folder, uid_t uid, gid_t gid) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const bool is_user = ::setgroups(0, nullptr) == 0 && ::setgid(gid) == 0 && ::setuid(uid) == 0;
    ::_exit(is_user && ::access(folder.c_str(), X_OK) == 0 ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool wait_for_end(pid_t pid, double seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    const pid_t ended = ::waitpid(pid, nullptr, WNOHANG);
    if (ended == pid || (ended < 0 && ::kill(pid, 0) != 0)) return true;
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace cordon::db
