#include "services/linux/files/user_path.hpp"

#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/fs_context.hpp"

namespace hinge::linux_service {

Attempt<> UserPath::read(Thread& self, UserAddr from) {
  auto length = copy_string_from_user(self, short_, from, sizeof short_);
  if (!length && length.error() == Errno::name_too_long) {
    long_ = static_cast<char*>(host::allocate(most_bytes));
    if (!long_) return fail(Errno::no_memory);
    length = copy_string_from_user(self, long_, from, most_bytes);
  }
  bytes_ = ATTEMPT(length);
  return ok;
}

Attempt<Ref<File>> file_at(Thread& self, i32 fd) { return self.process().descriptors->get(fd); }
Attempt<FileInUse> file_in_use(Thread& self, i32 fd) { return self.process().descriptors->use(fd); }

Attempt<Path> starting_point(Thread& self, i32 directory, std::string_view path) {
  if (path.starts_with('/')) return Path{};
  if (directory == at_flag::current_directory) return self.process().fs->cwd();
  Ref<File> const file = ATTEMPT(file_at(self, directory));
  if (!file->path() || !file->path().inode().is_directory()) return fail(Errno::not_directory);
  return file->path();
}

Attempt<Place> place_at(Thread& self, i32 directory, UserAddr path, bool follow, bool may_be_empty) {
  UserPath text;
  if (!(may_be_empty && path.raw() == 0)) ATTEMPT(text.read(self, path));
  if (text.text().empty() && may_be_empty) {
    if (directory == at_flag::current_directory) return Place{self.process().fs->cwd(), {}};
    Ref<File> file = ATTEMPT(file_at(self, directory));
    Path const at = file->path();
    return Place{at, std::move(file)};
  }
  Walk walk{self, ATTEMPT(starting_point(self, directory, text.text()))};
  return Place{ATTEMPT(walk.whole(text.text(), follow)), {}};
}

Attempt<Path> path_at(Thread& self, i32 directory, UserAddr path, bool follow) {
  return ATTEMPT(place_at(self, directory, path, follow, false)).path;
}

}  // namespace hinge::linux_service
