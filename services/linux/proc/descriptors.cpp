// /proc/PID/fd and fdinfo: what a process has open, as links that lead to the very places, not along their texts.
#include "services/linux/files/open_place.hpp"
#include "services/linux/files/walk.hpp"
#include "services/linux/proc/view.hpp"

namespace hinge::linux_service::proc {
namespace {

using generated::Entry;
using generated::Found;
using generated::Names;
using generated::Subject;

Attempt<Ref<File>> file_of(Subject const& of) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  Ref<Descriptors> const descriptors = process->shared_descriptors();
  if (!descriptors) return fail(Errno::no_entry);
  auto file = descriptors->get(i32(of.number));
  if (!file) return fail(Errno::no_entry);
  return file;
}

Attempt<> describe(Thread& self, Subject const& of, Text& to) {
  Ref<File> const file = ATTEMPT(file_of(of));
  auto* const text = static_cast<char*>(host::allocate(page_bytes));
  if (!text) return fail(Errno::no_memory);
  Attempt<usize> const bytes = file->path() ? text_of(file->path(), self.process().fs->root(), text, page_bytes, true)
                                            : Attempt<usize>{file->describe(text, page_bytes)};
  if (bytes) to.append({text, *bytes});
  host::release(text);
  if (!bytes) return fail(bytes.error());
  return ok;
}

Attempt<Path> go(Thread& self, Subject const& of) {
  Ref<File> const file = ATTEMPT(file_of(of));
  return file->path() ? Attempt<Path>{file->path()} : place_of_open_file(self, file);
}

Attempt<> show_info(Thread&, Subject const& of, Text& to) {
  Ref<File> const file = ATTEMPT(file_of(of));
  to.add("pos:\t{}\nflags:\t0", file->position.load());
  append_octal(to, file->flags(), 1);
  to.add("\nmnt_id:\t{}\n", file->path().mount ? file->path().mount->id() : 0);
  return ok;
}

constexpr u32 symlink_type = u32(FileType::symlink);
constexpr Entry read_entry{.name = "", .mode = symlink_type | 0500, .target = describe, .follow = go};
constexpr Entry write_entry{.name = "", .mode = symlink_type | 0300, .target = describe, .follow = go};
constexpr Entry both_entry{.name = "", .mode = symlink_type | 0700, .target = describe, .follow = go};
constexpr Entry info_entry{.name = "", .mode = generated::file_mode, .read = show_info};

Attempt<Found> find(Thread& self, Subject const& of, std::string_view name, Entry const* info) {
  u64 const number = ATTEMPT(generated::number_in(name));
  Subject const subject{of.process, of.thread, number};
  Ref<File> const file = ATTEMPT(file_of(subject));
  Entry const& link = !file->writable() ? read_entry : file->readable() ? both_entry : write_entry;
  return Found{info ? info : &link, subject, self.credentials->fsuid, self.credentials->fsgid};
}

Attempt<> list(Subject const& of, u64 from, Names& names, FileType type) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  Ref<Descriptors> const descriptors = process->shared_descriptors();
  if (!descriptors) return ok;
  for (i32 fd = descriptors->next_open(u32(from)); fd >= 0; fd = descriptors->next_open(u32(fd) + 1))
    if (!names.add(generated::Digits{u32(fd)}.view(), type, u64(fd) + 1)) break;
  return ok;
}

}  // namespace

Attempt<Found> find_descriptor(Thread& self, Subject const& of, std::string_view name) { return find(self, of, name, nullptr); }
Attempt<Found> find_descriptor_info(Thread& self, Subject const& of, std::string_view name) { return find(self, of, name, &info_entry); }
Attempt<> list_descriptors(Thread&, Subject const& of, u64 from, Names& names) { return list(of, from, names, FileType::symlink); }
Attempt<> list_descriptor_infos(Thread&, Subject const& of, u64 from, Names& names) { return list(of, from, names, FileType::regular); }

}  // namespace hinge::linux_service::proc
