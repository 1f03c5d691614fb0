#include "services/linux/files/program_file.hpp"

namespace hinge::linux_service {

Attempt<Ref<File>> ProgramFile::open(Thread& self, Path const& place) {
  Ref<File> file = ATTEMPT(place.inode().open(self, place, open_flag::read_only));
  std::atomic<i32>& writers = place.inode().writers;
  i32 seen = writers.load(std::memory_order_relaxed);
  do
    if (seen > 0) return fail(Errno::text_busy);
  while (!writers.compare_exchange_weak(seen, seen - 1));
  auto program = Ref<ProgramFile>::adopt(host::make<ProgramFile>(std::move(file)));
  if (program) return Ref<File>{program};
  writers.fetch_add(1);
  return fail(Errno::no_memory);
}

void ProgramFile::dispose() {
  inode()->writers.fetch_add(1);
  host::destroy(this);
}

}  // namespace hinge::linux_service
