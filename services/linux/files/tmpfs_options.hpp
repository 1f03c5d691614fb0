// What mount(2)'s options say of a tmpfs (tmpfs(5)): size, nr_blocks, mode, uid and gid. Any other one is invalid, as are
// numbers that are none. `size` takes k, m, g and t, or a percentage of the memory.
#pragma once

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/types.hpp"
#include "iface/filesystem.hpp"
#include "services/linux/core/errno.hpp"
#include "services/linux/files/page_cache.hpp"

namespace hinge::linux_service {

struct TmpfsOptions {
  u64 pages;                ///< At most, of its files' data.
  u32 mode = 01777;         ///< Of the root directory.
  u32 owner = 0, group = 0;

  /// What a tmpfs has without any options.
  static constexpr TmpfsOptions in(u64 memory_pages) { return {.pages = memory_pages / 2}; }
  static constexpr Attempt<TmpfsOptions> parse(std::string_view text, u64 memory_pages) {
    TmpfsOptions found = in(memory_pages);
    while (!text.empty()) {
      std::string_view const option = text.substr(0, text.find(','));
      text.remove_prefix(std::min(option.size() + 1, text.size()));
      if (option.empty()) continue;
      usize const equals = option.find('=');
      if (equals == option.npos) return fail(Errno::invalid);
      ATTEMPT(found.set(option.substr(0, equals), option.substr(equals + 1), memory_pages));
    }
    return found;
  }

 private:
  static constexpr u64 beyond = u64{1} << 52;  ///< More than any memory has, in any unit.

  /// Reads a number at the start of `text` and takes it off.
  static constexpr Attempt<u64> number(std::string_view& text, int base = 10) {
    u64 value = 0;
    auto const [end, error] = std::from_chars(text.begin(), text.end(), value, base);
    if (error != std::errc{} || value >= beyond) return fail(Errno::invalid);
    text.remove_prefix(usize(end - text.begin()));
    return value;
  }
  static constexpr Attempt<u64> pages_of(std::string_view text, u64 memory_pages) {
    constexpr std::string_view units = "kmgt";
    u64 const value = ATTEMPT(number(text));
    if (text == "%") return value > 100 ? Attempt<u64>{fail(Errno::invalid)} : memory_pages * value / 100;
    u64 shift = 0;
    if (text.size() == 1)
      if (usize const unit = units.find(char(text[0] | 0x20)); unit != units.npos) shift = 10 * (unit + 1), text.remove_prefix(1);
    if (!text.empty() || value > (~u64{0} >> 1) >> shift) return fail(Errno::invalid);
    return ((value << shift) + page_bytes - 1) / page_bytes;
  }
  constexpr Attempt<> set(std::string_view name, std::string_view value, u64 memory_pages) {
    if (name == "size") {
      pages = ATTEMPT(pages_of(value, memory_pages));
      // As on Linux 0 is no limit.
      if (!pages) pages = PageQuota::unlimited;
      return ok;
    }
    u64 const read = ATTEMPT(number(value, name == "mode" ? 8 : 10));
    if (!value.empty()) return fail(Errno::invalid);
    if (name == "nr_blocks") pages = read ? read : PageQuota::unlimited;
    else if (name == "mode") mode = u32(read) & permission_mask;
    else if (name == "uid") owner = u32(read);
    else if (name == "gid") group = u32(read);
    else return fail(Errno::invalid);
    return ok;
  }
};

}  // namespace hinge::linux_service
