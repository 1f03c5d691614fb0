// Memory for one type of kernel object: frames cut into pieces. A frame is charged to the account whose request made
// it necessary, and goes back when its last piece is free. Pieces are found by address, so freeing needs no account.
// Each CPU cuts frames of its own: CPUs meet only where one frees what another has made.
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
  union Piece { Piece* next; alignas(T) u8 bytes[sizeof(T)]; };
  struct Page {
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> hook;
    Piece* free = nullptr;                    ///< That were in use.
    u32 used = 0;
    u32 fresh = 0;                            ///< Those from that number on never were.
    u32 home = this_cpu();                    ///< Among whose pages it is.
  };
  static constexpr u64 first_piece = align_up(sizeof(Page), alignof(Piece));
  static constexpr u32 pieces = (page_bytes - first_piece) / sizeof(Piece);
  static_assert(pieces >= 2);
  using Pages = boost::intrusive::list<Page, boost::intrusive::member_hook<Page, decltype(Page::hook), &Page::hook>,
                                       boost::intrusive::constant_time_size<false>>;

  struct alignas(64) Own { Lock<Rank::slab> lock; Pages partial; };

  Result<void*> take(Account& account) {
    Own& own = own_[this_cpu()];
    Guard guard{own.lock};
    if (own.partial.empty()) own.partial.push_front(*new (frame_pointer(TRY(frames_->allocate(account, Fill::none)))) Page);
    Page& page = own.partial.front();
    Piece* const piece = page.free ? page.free : reinterpret_cast<Piece*>(reinterpret_cast<u64>(&page) + first_piece) + page.fresh++;
    if (page.free) page.free = piece->next;
    if (++page.used == pieces) own.partial.pop_front();
    return piece;
  }

  void give(void* object) {
    auto* piece = static_cast<Piece*>(object);
    auto& page = *reinterpret_cast<Page*>(align_down(reinterpret_cast<u64>(object), page_bytes));
    Own& own = own_[page.home];
    Guard guard{own.lock};
    if (page.used == pieces) own.partial.push_front(page);
    piece->next = page.free;
    page.free = piece;
    if (--page.used != 0) return;
    own.partial.erase(own.partial.iterator_to(page));
    frames_->drop(frame_address(&page));
  }

  Frames* frames_ = nullptr;
  Own own_[max_cpus];
};

}  // namespace hinge::nucleus::mm
