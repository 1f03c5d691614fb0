// Changes of a mounted volume, read from bytes: what a fuzzer has in place of a program. Any bytes are operations; on a sound
// volume they fail only in the ways that iface/filesystem.hpp allows a program.
#pragma once

#include "tests/ext4/walk.hpp"
#include "tests/ext4/writable.hpp"

namespace hinge::test {

/// One operation: which, on whom, and numbers that mean what the operation makes of them.
struct Step {
  u8 what, on, with, name;
  u16 at, bytes;
};
static_assert(sizeof(Step) == 8);

/// A name that operations can be done on, and the inode that it was last seen to have.
struct KnownName { InodeNumber directory; std::string name; InodeNumber inode; };

/// What a walk finds on a mounted volume, as far as that is not too much. The first is the root, without a name.
std::vector<KnownName> known_names(Changes& changes);

class Scripted {
 public:
  /// Begins with these names, of which some may no longer be there, or be something else.
  Scripted(Changes& changes, ext4::Service& service, std::vector<KnownName> const& names) : changes_{changes}, service_{service}, names_{names} {}
  void play(Step const& step);
  /// The volume said that it is damaged, or its device.
  [[nodiscard]] bool found_damage() const { return found_damage_; }

 private:
  template <class T>
  bool good(Result<T> const& result) {
    if (!result && (result.error() == Error::corrupt || result.error() == Error::io)) found_damage_ = true;
    return result.has_value();
  }
  void note(Walk const& walk) { found_damage_ |= walk.errors != 0 && (walk.last_error == Error::corrupt || walk.last_error == Error::io); }
  KnownName& any(u8 number) { return names_[number % names_.size()]; }
  InodeNumber directory(u8 number);
  void learn(InodeNumber in, std::string const& name, InodeNumber inode);
  void made(InodeNumber in, std::string const& name, Result<Attributes> const& result);
  void create(Step const& step, u32 mode);
  void create_many(Step const& step);
  void remove(Step const& step, bool directory);
  void rename(Step const& step);
  void allocate(Step const& step);
  void reserve(Step const& step);
  void read(Step const& step);
  void look_around(Step const& step);

  Changes& changes_;
  ext4::Service& service_;
  std::vector<KnownName> names_;   ///< Never empty.
  u64 reserved_ = 0;               ///< Ordinals.
  bool found_damage_ = false;
};

}  // namespace hinge::test
