// A service that dies at random moments, with requests of several threads inside, above a driver that does so too: what the
// outermost caller then sees, which is nothing. Requests are issued again, as Reason::repeated, when their answer got lost or
// never was; of a disk request under way at that moment nothing, a part or all was done. The next life may be short.
//
// Not as in a real death, the service's code runs on to the end of each request, but no request reaches the disk any more.
#pragma once

#include "tests/ext4/turns.hpp"
#include "tests/ext4/writable.hpp"

namespace hinge::test {

/// What the service sees of its disk.
class MortalDisk {
 public:
  MortalDisk(CuttableDisk& below, u64 seed) : below_{below}, random_{seed} {}

  Result<u64> on(BlockDevice::Count const& m, Caller const& c) { return below_.on(m, c); }
  Result<BlockDevice::Info::Reply> on(BlockDevice::Info const& m, Caller const& c) { return below_.on(m, c); }
  Result<u64> on(BlockDevice::Read const&, Caller const&);
  Result<u64> on(BlockDevice::Write const&, Caller const&);
  Result<> on(BlockDevice::Flush const&, Caller const&);

  /// The service is dead: everything fails.
  [[nodiscard]] bool cut_off() const { return cut_off_; }
  /// A new life, of some random number of requests; endless when there is to be `peace`.
  void revive(bool peace);
  u64 deaths = 0;

 private:
  /// Where a request may be the last one, and others get their turn. False: the service is dead, before or from now on.
  bool go_on();
  void do_a_part(BlockDevice::Write const& m);

  CuttableDisk& below_;
  std::mt19937_64 random_;
  u64 left_ = ~u64{0};       ///< Requests until the next death.
  bool cut_off_ = false;
};

/// A Writable whose service dies. Clients connect their ports to this; the Writable's own leads past all that.
class Mortal {
 public:
  Mortal(Writable& w, u64 seed);
  Mortal(Mortal const&) = delete;
  Mortal& operator=(Mortal const&) = delete;
  ~Mortal();
  /// From now on it dies (or not).
  void live_dangerously(bool yes);
  [[nodiscard]] u64 deaths() const { return disk_.deaths; }

  template <class M>
  auto on(M const& m, Caller caller) -> decltype(std::declval<ext4::Service&>().on(m, caller)) {
    for (;;) {
      while (disk_.cut_off() && inside_) Turns::change();
      if (disk_.cut_off()) come_back();
      ++inside_;
      auto r = w_.service.on(m, caller);
      --inside_;
      if (!disk_.cut_off() || (r && random_() % 2)) return r;
      caller.reason = Reason::repeated;
    }
  }

 private:
  void come_back();

  Writable& w_;
  MortalDisk disk_;
  std::mt19937_64 random_;
  u32 inside_ = 0;
  bool danger_ = false;
};

}  // namespace hinge::test
