// The model that the randomised test compares spaces with: a map from page to what a process sees there. No frames,
// no tables, no sharing tricks; a page's contents are one word.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "abi/memory.hpp"
#include "base/result.hpp"

namespace hinge::nucleus::mm::model {

using Cell = std::shared_ptr<u64>;           ///< The contents of one page that several may see.

struct Object {
  bool held = false;
  u64 pages = 0;
  std::map<u64, Cell> cells;

  /// Null: the holder has to supply it.
  Cell page(u64 index) {
    if (auto it = cells.find(index); it != cells.end()) return it->second;
    if (held) return nullptr;
    return cells[index] = std::make_shared<u64>(0);
  }
};

struct Page {
  Protection protection = Protection::none, maximum = Protection::none;
  bool shared = false;
  u64 opaque = 0;
  std::shared_ptr<Object> object;            ///< Null: anonymous private.
  u64 index = 0;                             ///< In the object.
  std::optional<u64> own;                    ///< Private contents, once written.

  bool continues(Page const& next) const {
    return protection == next.protection && maximum == next.maximum && shared == next.shared && opaque == next.opaque &&
           object == next.object && (!object || index + 1 == next.index);
  }
};

struct Space {
  std::map<u64, Page> pages;                 ///< By address / page_bytes.

  Page* find(u64 number) {
    auto it = pages.find(number);
    return it == pages.end() ? nullptr : &it->second;
  }
  bool is_free(u64 first, u64 count) const {
    auto it = pages.lower_bound(first);
    return it == pages.end() || it->first >= first + count;
  }
  void erase(u64 first, u64 count) { pages.erase(pages.lower_bound(first), pages.lower_bound(first + count)); }
  /// Whether the pages are all there, and parts of one region.
  bool one_region(u64 first, u64 count) {
    for (u64 i = first; i < first + count; ++i) {
      Page* page = find(i);
      if (!page || (i > first && !find(i - 1)->continues(*page))) return false;
    }
    return true;
  }
  bool covered(u64 first, u64 count) {
    for (u64 i = first; i < first + count; ++i)
      if (!find(i)) return false;
    return true;
  }

  /// What a read returns, or the error.
  Result<u64> read(u64 number) {
    Page* page = find(number);
    if (!page) return fail(Error::bad_address);
    if (page->own) return *page->own;
    if (!page->object) return u64{0};
    if (page->index >= page->object->pages) return fail(Error::bad_address);
    Cell cell = page->object->page(page->index);
    if (!cell) return fail(Error::not_present);
    return *cell;
  }
  Result<> write(u64 number, u64 value) {
    Page* page = find(number);
    if (auto now = read(number); !now) return fail(now.error());
    if (page->shared) *page->object->page(page->index) = value;
    else page->own = value;
    return ok;
  }
};

}  // namespace hinge::nucleus::mm::model
