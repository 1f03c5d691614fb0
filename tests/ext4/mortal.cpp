#include "tests/ext4/mortal.hpp"

namespace hinge::test {

namespace {

constexpr u32 sector = 512;

}  // namespace

bool MortalDisk::go_on() {
  if (!cut_off_ && left_-- == 0) {
    cut_off_ = true;
    ++deaths;
  }
  Turns::change();
  return !cut_off_;
}

void MortalDisk::revive(bool peace) {
  cut_off_ = false;
  if (peace) left_ = ~u64{0};
  else switch (random_() % 3) {
    case 0: left_ = random_() % 60; break;           // Dies while it still repeats what the last one left.
    case 1: left_ = random_() % 500; break;
    default: left_ = 300 + random_() % 500; break;
  }
}

/// Some sectors, in no order.
void MortalDisk::do_a_part(BlockDevice::Write const& m) {
  u32 const share = random_() % 5;
  u64 done = 0;
  for (u64 i = 0; i < m.count; ++i)
    for (u64 s = 0; s < m.extents[i].blocks; ++s, done += sector) {
      if (random_() % 4 >= share) continue;
      BlockDevice::Write one = m;
      one.count = 1;
      one.extents[0] = {Lba{m.extents[i].first.raw() + s}, 1};
      one.from.address += done;
      one.from.bytes = sector;
      (void)below_.on(one, Caller{});
    }
}

Result<u64> MortalDisk::on(BlockDevice::Read const& m, Caller const& c) {
  if (cut_off_ || !go_on()) return fail(Error::io);
  return below_.on(m, c);
}

Result<u64> MortalDisk::on(BlockDevice::Write const& m, Caller const& c) {
  if (cut_off_) return fail(Error::io);
  bool alive = go_on();
  // The driver dies in the middle, and gets the request again.
  for (; alive && random_() % 16 == 0; alive = go_on()) do_a_part(m);
  if (alive) return below_.on(m, c);
  do_a_part(m);
  return fail(Error::io);
}

Result<> MortalDisk::on(BlockDevice::Flush const& m, Caller const& c) {
  if (cut_off_) return fail(Error::io);
  bool const alive = go_on();
  if (alive || random_() % 2) TRY(below_.on(m, c));
  return alive ? Result<>{ok} : fail(Error::io);
}

Mortal::Mortal(Writable& w, u64 seed) : w_{w}, disk_{w.disk, seed}, random_{seed + 1} {
  w.service.disks.connect(disk_);
}

Mortal::~Mortal() { w_.service.disks.connect(w_.disk); }

void Mortal::live_dangerously(bool yes) {
  danger_ = yes;
  disk_.revive(!yes);
}

void Mortal::come_back() {
  disk_.revive(!danger_);
  w_.restart();
}

}  // namespace hinge::test
