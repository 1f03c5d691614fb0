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
  Entry const* const like = frame_pointer<Entry>(view_of ? view_of->frame : master_);
  std::copy(like + first_upper, like + table_entries, frame_pointer<Entry>(frame) + first_upper);
  root.frame = frame;
  root.view_of = view_of;
  roots_.push_back(root);
  return ok;
}

void Roots::destroy(Root& root) {
  {
    Guard guard{lock_};
    roots_.erase(roots_.iterator_to(root));
  }
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
