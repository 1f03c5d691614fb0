// Walks a mounted file system through FileSystem alone, as the personality would, and tells what is there.
#pragma once

#include <map>
#include <string>

#include "iface/filesystem.hpp"

namespace hinge::test {

struct Node {
  Attributes attributes;
  std::string content;                         ///< Of a regular file, unless it is longer than the walk reads; a symlink's target.
  std::map<std::string, std::string> extended; ///< Attributes.
};
using Tree = std::map<std::string, Node>;      ///< By path; the root is "".

struct Walk {
  Port<FileSystem>& port;
  Caller const& caller;
  u64 volume = 1;
  u64 max_content = 8u << 20;      ///< Longer files are not read.
  u64 max_nodes = ~u64{0};         ///< Ends the walk, quietly: a broken tree may have cycles.
  u32 list_bytes = 4096;           ///< The buffer for each batch of a listing.
  u64 errors = 0;                  ///< Requests that failed; what they were for is left out.
  Error last_error = Error::none;
  u64 unzeroed = 0;                ///< Reads that left something of the caller's behind the end of a file.
  std::string space{};             ///< What requests fill: kept from one to the next.

  Tree tree();
  std::map<std::string, u64> names(InodeNumber directory);   ///< Name to inode.
  std::string content(InodeNumber file, u64 size, u64 offset = 0, u32 piece = 65536);
  std::string link(InodeNumber symlink);
  std::map<std::string, std::string> extended(InodeNumber inode);

 private:
  void add(Tree& tree, std::string const& path, Attributes const& attributes);
  template <class T>
  bool good(Result<T> const& result) {
    if (result) return true;
    ++errors;
    last_error = result.error();
    return false;
  }
};

}  // namespace hinge::test
