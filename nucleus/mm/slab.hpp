// Memory for one type of kernel object: frames cut into pieces. A frame is charged to the account whose request made
// it necessary, and goes back when its last piece is free. Pieces are found by address, so freeing needs no account.
#pragma once

#include <boost/intrusive/list.hpp>
#include <new>
#include <utility>

#include "nucleus/mm/frames.hpp"

namespace hinge::nucleus::mm {

template <class T>
class Slab {
 public:
  Slab() = default;
  void start(Frames& frames) { frames_ = &frames; }

  /// A T made from `arguments`, or quota, no_memory.
  template <class... A>
  Result<T*> make(Account& account, A&&... arguments) {
    void* piece = TRY(take(account));
    return new (piece) T(std::forward<A>(arguments)...);
  }
  void destroy(T* object) {
    object->~T();
    give(object);
  }

 private:
  union Piece {
    Piece* next;
    alignas(T) u8 bytes[sizeof(T)];
  };
  struct Page {
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> hook;
    Piece* free = nullptr;
    u32 used = 0;
  };
  static constexpr u64 first_piece = align_up(sizeof(Page), alignof(Piece));
  static constexpr u32 pieces = (page_bytes - first_piece) / sizeof(Piece);
  static_assert(pieces >= 2);
  using Pages = boost::intrusive::list<Page, boost::intrusive::member_hook<Page, decltype(Page::hook), &Page::hook>,
                                       boost::intrusive::constant_time_size<false>>;

  Result<void*> take(Account& account) {
    Guard guard{lock_};
    if (partial_.empty()) TRY(add_page(account));
    Page& page = partial_.front();
    Piece* piece = page.free;
    page.free = piece->next;
    if (++page.used == pieces) partial_.pop_front();
    return piece;
  }

  void give(void* object) {
    Guard guard{lock_};
    auto* piece = static_cast<Piece*>(object);
    auto& page = *reinterpret_cast<Page*>(align_down(reinterpret_cast<u64>(object), page_bytes));
    if (page.used == pieces) partial_.push_front(page);
    piece->next = page.free;
    page.free = piece;
    if (--page.used != 0) return;
    partial_.erase(partial_.iterator_to(page));
    frames_->drop(frame_address(&page));
  }

  Result<> add_page(Account& account) {
    PhysAddr const frame = TRY(frames_->allocate(account, Fill::none));
    Page* page = new (frame_pointer(frame)) Page;
    auto* first = reinterpret_cast<Piece*>(reinterpret_cast<u64>(page) + first_piece);
    for (u32 i = pieces; i-- > 0;) {
      first[i].next = page->free;
      page->free = &first[i];
    }
    partial_.push_front(*page);
    return ok;
  }

  Frames* frames_ = nullptr;
  Lock<Rank::slab> lock_;
  Pages partial_;
};

}  // namespace hinge::nucleus::mm
