#include "db/cluster_place.h"

#include "base/log.h"
#include "base/random.h"

namespace cordon::db {

namespace fs = std::filesystem;

namespace {

constexpr const char* kElsewhere = "/var/lib/cordon-databases";

fs::path link_of(const fs::path& name) { return name.string() + ".link"; }

/// A link from `from` to `to`, in one step: nobody sees none.
Result<Done> point(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  const fs::path fresh = from.string() + ".new";
  fs::remove(fresh, ec);
  fs::create_symlink(to, fresh, ec);
  if (!ec) fs::rename(fresh, from, ec);
  if (ec) return fail(Code::unavailable, "cannot write " + from.string());
  return Done{};
}

void tell_of_strays() {
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(kElsewhere, ec)) {
    std::error_code gone;
    const fs::path place = entry.path() / "postgres";
    if (fs::exists(place, gone) && fs::canonical(entry.path() / "of", gone) != fs::canonical(place, gone))
      log::warn("a database to which its data folder does not lead any more",
                {{"database", place.string()}, {"was_of", fs::read_symlink(entry.path() / "of", gone).string()}});
  }
}

}  // namespace

fs::path place_of(const fs::path& name) {
  std::error_code ec;
  if (fs::exists(name, ec)) return name;
  const fs::path place = fs::read_symlink(link_of(name), ec);
  return ec ? name : place;
}

Result<fs::path> new_place() {
  tell_of_strays();
  std::array<uint8_t, 8> id{};
  fill_random(id);
  const fs::path room = fs::path(kElsewhere) / to_hex(id);
  std::error_code ec;
  // Whatever the umask: others pass through to what is theirs, and see nothing on the way.
  for (const fs::path& folder : {fs::path(kElsewhere), room})
    if (fs::create_directory(folder, ec)) fs::permissions(folder, fs::perms{0711}, ec);
  if (ec) return fail(Code::unavailable, "cannot write " + room.string());
  return room / "postgres";
}

Result<Done> note_place(const fs::path& name, const fs::path& place) {
  auto whose = point(place.parent_path() / "of", link_of(name));
  return whose ? point(link_of(name), place) : whose;
}

void forget_place(const fs::path& name, const fs::path& place) {
  std::error_code ec;
  fs::remove(link_of(name), ec);
  fs::remove_all(place.parent_path(), ec);
}

}  // namespace cordon::db
