#include "db/cluster.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/log.h"
#include "base/random.h"
#include "db/cluster_place.h"
#include "db/plain.h"
#include "db/process.h"
#include "db/reset.h"

namespace cordon::db {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr const char* kAdmin = "cordon_admin";

// Durable, quiet about values, and reachable through the socket only.
constexpr const char* kSettings = R"(listen_addresses = ''
unix_socket_permissions = 0700
shared_buffers = 256MB
wal_compression = lz4
max_wal_size = 2GB
checkpoint_timeout = 15min
jit = off
# Audit events have a partition for each day, some for seven years; planning a statement on all of them locks each with its indexes.
max_locks_per_transaction = 512
# A transaction that was broken off from this side ends soon, and its locks with it.
client_connection_check_interval = 1s
timezone = 'UTC'
log_timezone = 'UTC'
password_encryption = 'scram-sha-256'
# No statement and no parameter ever stands in the log: seals travel as parameters. Nor does an error's text, which may quote a
# value ("invalid input syntax for type uuid: ..."): 'log' lets what the server says of itself through, and fatal errors.
log_min_messages = 'log'
log_statement = 'none'
log_min_error_statement = 'panic'
log_min_duration_statement = -1
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = 'terse'
track_activity_query_size = 256
# What is run, how often and for how many rows: `cordon audit rows` compares it with what was recorded.
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track_utility = off
)";

/// The newest PostgreSQL of 15 or later, or the one whose version is `wanted`.
fs::path find_programs(int wanted) {
  for (int version = wanted ? wanted : 20; version >= 15; --version) {
    const fs::path path = "/usr/lib/postgresql/" + std::to_string(version) + "/bin";
    if (fs::exists(path / "postgres") && fs::exists(path / "initdb")) return path;
    if (wanted) break;
  }
  return {};
}

int version_of(const fs::path& folder) {
  std::ifstream in(folder / "PG_VERSION");
  int version = 0;
  in >> version;
  return version;
}

std::string user_name(uid_t uid) {
  const passwd* entry = ::getpwuid(uid);
  return entry ? entry->pw_name : std::to_string(uid);
}

bool works_in(pid_t pid, const fs::path& folder) {
  std::error_code ec, gone;
  return fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", ec) == fs::canonical(folder, gone) && !ec;
}

/// A postmaster and its backends work in their data folder.
bool anybody_works_in(const fs::path& folder) {
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator("/proc", ec))
    if (const pid_t pid = std::atoi(entry.path().filename().c_str()); pid > 0 && works_in(pid, folder)) return true;
  return false;
}

bool write_file(const fs::path& path, const std::string& text, uid_t uid, gid_t gid) {
  std::ofstream out(path, std::ios::trunc);
  out << text;
  out.close();
  return out && (::geteuid() != 0 || ::chown(path.c_str(), uid, gid) == 0);
}

/// A socket's path has 107 bytes at most; a deep folder gets a short one of its own, named by the folder's hash.
fs::path sockets_of(const fs::path& folder) {
  fs::path sockets = folder / "sockets";
  if (sockets.string().size() > 80) sockets = "/tmp/cordon-" + to_hex(sha256(folder.string())).substr(0, 16);
  return sockets;
}

/// Makes a folder that only a user enters, or makes it such.
bool own(const fs::path& folder, uid_t uid, gid_t gid) {
  std::error_code ec;
  fs::create_directories(folder, ec);
  fs::permissions(folder, fs::perms::owner_all, ec);
  return !ec && (::geteuid() != 0 || ::chown(folder.c_str(), uid, gid) == 0);
}

/// The same in a folder where anybody may have made it first, or a link to elsewhere: taken only if it is such already.
bool own_among_strangers(const fs::path& folder, uid_t uid, gid_t gid) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return false;
  struct stat found{};
  const bool private_one = ::lstat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
                           (found.st_uid == uid || found.st_uid == ::geteuid()) && (found.st_mode & 0777) == 0700;
  return private_one && (::geteuid() != 0 || ::lchown(folder.c_str(), uid, gid) == 0);
}

}  // namespace

Cluster::Cluster(fs::path name) : name_(fs::absolute(name)), folder_(place_of(name_)), sockets_(sockets_of(folder_)) {
  uid_ = ::geteuid();
  gid_ = ::getegid();
  if (uid_ == 0) {
    const passwd* entry = ::getpwnam("postgres");
    if (!entry) entry = ::getpwnam("nobody");
    if (entry) {
      uid_ = entry->pw_uid;
      gid_ = entry->pw_gid;
    }
  }
}

std::unique_ptr<Cluster> Cluster::attach(const fs::path& folder) {
  return std::unique_ptr<Cluster>(new Cluster(folder));
}

/// Where it listens, and as whom: a seal goes to no other user's server, whoever made the socket.
std::string Cluster::address() const {
  return "host='" + sockets_.string() + "' port=5432 connect_timeout=5 requirepeer='" + user_name(uid_) + "' ";
}

std::string Cluster::conninfo(std::string_view login) const {
  std::string out = address() + "dbname=cordon user=" + std::string(login) + " application_name=cordon";
  if (login == kAdmin) return out;
  out += " options='";
  for (const char c : start_options()) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return out + "'";
}

std::string Cluster::admin_conninfo() const { return conninfo(kAdmin); }

Result<std::unique_ptr<Cluster>> Cluster::start(const fs::path& folder) {
  std::unique_ptr<Cluster> made(new Cluster(folder));
  std::error_code ec;
  const fs::path data = made->name_.parent_path();
  // A data folder that Cordon makes is passed through by the database's user, whatever the umask.
  if (fs::create_directories(data, ec) && ::geteuid() == 0)
    fs::permissions(data, fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add, ec);
  if (made->folder_ != made->name_ && !fs::exists(made->folder_.parent_path(), ec))
    return fail(Code::conflict, "the database of " + data.string() + " lay in " + made->folder_.string() +
                                    ", which is gone: bring it back, or remove " + made->name_.string() +
                                    ".link to begin with an empty one");
  if (auto done = made->lock(); !done) return std::unexpected(done.error());
  if (auto done = made->prepare(); !done) return std::unexpected(done.error());
  if (made->folder_ != made->name_)
    log::info("the database lies outside of the data folder", {{"database", made->folder_.string()}});
  if (auto done = made->stop_orphan(); !done) return std::unexpected(done.error());
  if (auto done = made->launch(); !done) return std::unexpected(done.error());
  if (auto done = made->wait_until_ready(); !done) {
    made->stop();
    return std::unexpected(done.error());
  }
  made->watcher_ = std::thread([cluster = made.get()] { cluster->watch(); });
  return made;
}

Result<Done> Cluster::lock() {
  const std::string file = folder_.string() + ".lock";
  const int held = locks_.emplace_back(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (held < 0) return fail(Code::unavailable, "cannot write " + file);
  if (::flock(held, LOCK_EX | LOCK_NB) != 0)
    return fail(Code::conflict,
                "another cordon runs on " + folder_.string() + ": stop it, or give this one another --data folder");
  return Done{};
}

Result<Done> Cluster::prepare() {
  const int existing = version_of(folder_);
  if (auto found = choose_programs(existing); !found) return found;
  std::error_code ec;
  if (!existing && fs::exists(folder_) && !fs::is_empty(folder_, ec))
    return fail(
        Code::conflict,
        folder_.string() + " holds something that is no PostgreSQL cluster: empty it, or give another --data folder");
  if (auto settled = settle(); !settled) return settled;
  const bool inside = sockets_.parent_path() == folder_;
  if (!inside && !own_among_strangers(sockets_, uid_, gid_))
    return fail(Code::conflict,
                sockets_.string() +
                    " is for the database's sockets, and not its user's alone: remove it, or shorten --data's path");
  if (!own(folder_, uid_, gid_)) return fail(Code::unavailable, "cannot write " + folder_.string());
  if (!existing)
    if (auto made = make(); !made) return made;
  if (inside && !own(sockets_, uid_, gid_)) return fail(Code::unavailable, "cannot write " + sockets_.string());
  return write_settings();
}

Result<Done> Cluster::choose_programs(int existing) {
  if (existing && existing < 15)
    return fail(Code::conflict,
                folder_.string() + " was made by PostgreSQL " + std::to_string(existing) +
                    "; 15 or later is needed: dump the data with that version and restore it into a new folder");
  programs_ = find_programs(existing);
  if (!programs_.empty()) return Done{};
  const fs::path other = find_programs(0);
  if (existing && !other.empty())
    return fail(Code::conflict, folder_.string() + " was made by PostgreSQL " + std::to_string(existing) + ", but " +
                                    other.string() + " is what is installed: install postgresql-" +
                                    std::to_string(existing) + ", or dump and restore the data");
  return fail(Code::unavailable,
              "PostgreSQL 15 or later is not installed: install the package postgresql-15, or set DATABASE_URL");
}

Result<Done> Cluster::settle() {
  if (::geteuid() != 0) return Done{};
  const bool elsewhere = folder_ != name_;
  // The data folder may have been moved since it was noted whose the place is.
  if (may_enter(folder_.parent_path(), uid_, gid_)) return elsewhere ? note_place(name_, folder_) : Done{};
  const std::string unreachable = "the user " + user_name(uid_) + " cannot get to " + folder_.string();
  if (elsewhere) return fail(Code::unavailable, unreachable + ": let it pass through the folders above");
  const auto give_up = [&](const std::string& why) {
    forget_place(name_, folder_);
    return fail(Code::unavailable, unreachable + why + ": move the data folder to where that user can");
  };
  auto place = new_place();
  if (!place) return std::unexpected(place.error());
  folder_ = *place;
  sockets_ = sockets_of(folder_);
  if (auto locked = lock(); !locked) return locked;
  if (!may_enter(folder_.parent_path(), uid_, gid_)) return give_up(", nor to " + folder_.string());
  // The note first: whatever is in the data folder goes before it, and so is never lost on the way.
  if (auto noted = note_place(name_, folder_); !noted) return noted;
  std::error_code ec;
  if (fs::exists(name_)) fs::rename(name_, folder_, ec);
  if (ec) return give_up(", and it cannot be moved to " + folder_.string() + " (" + ec.message() + ")");
  return Done{};
}

Result<Done> Cluster::make() {
  // Under another name until it is whole: a start that is killed half-way leaves nothing that looks like a cluster.
  const fs::path fresh = folder_.string() + ".new";
  std::error_code ec;
  fs::remove_all(fresh, ec);
  if (!own(fresh, uid_, gid_)) return fail(Code::unavailable, "cannot write " + fresh.string());
  const Child child{uid_, gid_, folder_.string() + ".initdb.log"};
  auto made = run({(programs_ / "initdb").string(), "-D", fresh.string(), "-U", kAdmin, "--data-checksums",
                   "--encoding=UTF8", "--locale=C.UTF-8", "--auth=peer", "--no-instructions"},
                  child);
  if (!made) return made;
  fs::rename(fresh, folder_, ec);
  if (ec) return fail(Code::unavailable, "cannot write " + folder_.string());
  return Done{};
}

Result<Done> Cluster::write_settings() const {
  std::string people;
  // PostgreSQL maps a system user to database users; a pattern stands on the system side only, so each login has its
  // line.
  for (const std::string& user : {user_name(::geteuid()), user_name(uid_)})
    for (const char* login :
         {kAdmin, "cordon_identity", "cordon_api", "cordon_visitor", "cordon_worker", "cordon_audit", "cordon_monitor"})
      people += "cordon \"" + user + "\" " + login + "\n";
  // A reactor's pools open at most twenty or so each (app/process.cc), and there is a reactor a core.
  const unsigned connections = std::max(200u, 40 + 25 * std::thread::hardware_concurrency());
  const std::string settings = std::string(kSettings) + "max_connections = " + std::to_string(connections) +
                               "\nunix_socket_directories = '" + sockets_.string() + "'\n";
  const bool written = write_file(folder_ / "postgresql.auto.conf", settings, uid_, gid_) &&
                       write_file(folder_ / "pg_hba.conf", "local all all peer map=cordon\n", uid_, gid_) &&
                       write_file(folder_ / "pg_ident.conf", people, uid_, gid_);
  if (!written) return fail(Code::unavailable, "cannot write " + folder_.string());
  return Done{};
}

Result<Done> Cluster::stop_orphan() {
  const auto until = std::chrono::steady_clock::now() + 30s;
  const auto wait_while = [&](auto still) {
    while (still() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(10ms);
    return !still();
  };
  pid_t pid = 0;
  std::ifstream in(folder_ / "postmaster.pid");
  const bool named = in >> pid && pid > 1 && ::kill(pid, 0) == 0;
  // A server that was killed leaves its postmaster; it is ended properly, so that exactly one watches the next. After a
  // reboot the number may belong to anybody, another PostgreSQL included; ours works in this folder.
  if (named && works_in(pid, folder_)) {
    log::info("ending a database that a killed server left", {{"pid", static_cast<long long>(pid)}});
    ::kill(pid, SIGINT);
    wait_while([&] { return works_in(pid, folder_); });
  }
  // Backends of a postmaster that was killed live on for a moment and must not meet a second one.
  if (!wait_while([&] { return anybody_works_in(folder_); }))
    return fail(Code::conflict, "a PostgreSQL still runs on " + folder_.string());
  // The number lives on where nobody has reaped the dead process, or as somebody else's: PostgreSQL would take it for
  // its like.
  std::error_code ec;
  if (named)
    for (const fs::path& lock : {folder_ / "postmaster.pid", sockets_ / ".s.PGSQL.5432.lock"}) fs::remove(lock, ec);
  return Done{};
}

Result<Done> Cluster::launch() {
  const Child child{uid_, gid_, folder_ / "cordon.log"};
  auto pid = spawn({(programs_ / "postgres").string(), "-D", folder_.string()}, child, false);
  if (!pid) return std::unexpected(pid.error());
  postmaster_ = *pid;
  return Done{};
}

Result<Done> Cluster::wait_until_ready() {
  const std::string system = address() + "dbname=postgres user=" + kAdmin;
  const auto until = std::chrono::steady_clock::now() + 120s;  // recovery after a crash may take its time
  for (;;) {
    if (auto connection = Plain::open(system)) {
      auto exists = connection->rows("SELECT FROM pg_database WHERE datname = 'cordon'");
      if (exists && exists->empty()) exists = connection->rows("CREATE DATABASE cordon");
      // Beside it stand only PostgreSQL's own two, where nobody but the superuser has any business.
      if (exists)
        return connection->script(
            "REVOKE ALL ON DATABASE postgres FROM PUBLIC; REVOKE ALL ON DATABASE template1 FROM PUBLIC");
    }
    if (wait_for_end(postmaster_, 0))
      return fail(Code::unavailable, "PostgreSQL ended at once; see " + (folder_ / "cordon.log").string());
    if (stopping_ || std::chrono::steady_clock::now() > until)
      return fail(Code::unavailable, "PostgreSQL does not come up; see " + (folder_ / "cordon.log").string());
    std::this_thread::sleep_for(20ms);
  }
}

void Cluster::watch() {
  auto pause = 100ms;
  while (!stopping_) {
    std::this_thread::sleep_for(50ms);
    if (stopping_ || !wait_for_end(postmaster_, 0)) continue;
    log::error("the database ended; starting it again");
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(5000));
    if (stopping_) return;
    if (stop_orphan() && launch() && wait_until_ready()) {
      log::info("the database is back");
      pause = 100ms;
    }
  }
}

void Cluster::stop() {
  stopping_ = true;
  if (watcher_.joinable()) watcher_.join();
  const pid_t pid = postmaster_.exchange(-1);
  if (pid <= 0) return;
  ::kill(pid, SIGINT);
  if (!wait_for_end(pid, 30)) {
    ::kill(pid, SIGQUIT);
    wait_for_end(pid, 10);
  }
}

Cluster::~Cluster() {
  stop();
  for (const int held : locks_) ::close(held);
}

}  // namespace cordon::db
