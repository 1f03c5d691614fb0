#include "nucleus/mm/roots.hpp"

#include <algorithm>

namespace hinge::nucleus::mm {

namespace {
constexpr u32 first_upper = table_entries / 2;
}

void Roots::start(Frames& frames, Shootdown& tlb, PhysAddr master) {
  frames_ = &frames;
  tlb_ = &tlb;
  master_ = master;
}

Result<> Roots::make(Root& root, Account& account, Root const* view_of) {
  PhysAddr const frame = TRY(frames_->allocate(account));
  Guard guard{lock_};
  root.frame = frame;
  copy_upper_half(root, view_of ? view_of->frame : master_);
  root.view_of = view_of;
  roots_.push_back(root);
  return ok;
}

void Roots::copy_upper_half(Root& root, PhysAddr from) {
  Entry const* const like = frame_pointer<Entry>(from);
  std::copy(like + first_upper, like + table_entries, frame_pointer<Entry>(root.frame) + first_upper);
}

void Roots::show(Root& view, Root const& domain) {
  {
    Guard guard{lock_};
    view.view_of = &domain;
    copy_upper_half(view, domain.frame);
  }
  tlb_->flush_everywhere();
}

void Roots::destroy(Root& root) {
  {
    Guard guard{lock_};
    roots_.erase(roots_.iterator_to(root));
  }
  // No root any more, should a CPU have it loaded after all: better a stop at once than memory that is somebody else's.
  frame_pointer<Entry>(root.frame)[table_entries - 1].store(Entry{});
  frames_->drop(root.frame);
  root.frame = PhysAddr{};
}

void Roots::set_entry(u32 index, Entry value, Root const* domain) {
  Entry const elsewhere = domain ? Entry{} : value;
  bool replaced = false;
  auto const put = [&](PhysAddr table, Entry entry) {
    Entry* const at = &frame_pointer<Entry>(table)[index];
    replaced |= !at->empty() && at->raw != entry.raw;
    at->store(entry);
  };
  {
    Guard guard{lock_};
    put(master_, elsewhere);
    for (Root& root : roots_) put(root.frame, domain && (&root == domain || root.view_of == domain) ? value : elsewhere);
    generation_.fetch_add(1, std::memory_order_release);
  }
  if (replaced) tlb_->flush_everywhere();
}

}  // namespace hinge::nucleus::mm
