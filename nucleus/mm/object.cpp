#include "nucleus/mm/object.hpp"

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

Result<Ref<Object>> Object::create(Memory& memory, Account& account, ObjectKind kind, u64 bytes) {
  if (bytes == 0 || bytes > max_bytes) return fail(Error::invalid);
  if (kind != ObjectKind::anonymous && kind != ObjectKind::held) return fail(Error::invalid);
  Kind const own = kind == ObjectKind::held ? Kind::held : Kind::anonymous;
  return Ref<Object>::adopt(TRY(memory.objects.make(account, memory, account, own, bytes)));
}

Result<Ref<Object>> Object::create_physical(Memory& memory, Account& account, PhysAddr begin, u64 bytes, Caching caching) {
  if (bytes == 0 || begin.raw() % page_bytes != 0 || begin.raw() > Entry::address_bits ||
      bytes > Entry::address_bits - begin.raw())
    return fail(Error::invalid);
  Object* const object = TRY(memory.objects.make(account, memory, account, Kind::physical, bytes));
  object->physical_ = begin;
  object->caching_ = caching;
  return Ref<Object>::adopt(object);
}

void Object::dispose() {
  pages_.clear(memory_.frames);
  memory_.objects.destroy(this);
}

u64 Object::entry_bits() const {
  if (kind_ != Kind::physical) return Entry::of_object;
  u64 const cached = caching_ == Caching::device ? Entry::cache_disable | Entry::write_through : 0;
  return Entry::of_object | Entry::uncounted | cached;
}

Result<Object::Page> Object::page(u64 index, bool fill) {
  if (index >= align_up(bytes_, page_bytes) / page_bytes) return fail(Error::bad_address);
  if (kind_ == Kind::physical) return Page{physical_ + index * page_bytes, false};
  Guard guard{lock_};
  PhysAddr frame = pages_.get(index);
  bool const guarded = PageStore::is_guarded(frame);
  if (guarded) frame = PageStore::frame_of(frame);
  if (frame == PhysAddr{}) {
    if (kind_ == Kind::held || !fill) return fail(Error::not_present);
    frame = TRY(memory_.frames.allocate(account_));
    if (auto const put = pages_.put(memory_.frames, account_, index, frame); !put) {
      memory_.frames.drop(frame);
      return fail(put.error());
    }
  }
  memory_.frames.share(frame);
  return Page{frame, guarded};
}

Result<> Object::supply(u64 first, SlotMemory& slot, u64 address, u64 pages, bool guarded) {
  u64 const all = align_up(bytes_, page_bytes) / page_bytes;
  if (kind_ != Kind::held || first > all || pages > all - first || address % page_bytes != 0) return fail(Error::invalid);
  for (u64 i = 0; i < pages; ++i) {
    PhysAddr const frame = TRY(slot.share_frame(address + i * page_bytes));
    Guard guard{lock_};
    PhysAddr const word = pages_.get(first + i), present = PageStore::frame_of(word);
    bool const absent = present == PhysAddr{};
    // A guard is put on what nobody maps: mappings would not see one that comes later.
    PhysAddr const marked = PageStore::marked(frame, guarded && (absent || PageStore::is_guarded(word)));
    auto put = absent || present == frame ? pages_.put(memory_.frames, account_, first + i, marked) : fail(Error::exists);
    if (!put || !absent) memory_.frames.drop(frame);
    if (!put) return put;
  }
  return ok;
}

Result<> Object::withdraw(u64 first, u64 pages) {
  u64 const all = align_up(bytes_, page_bytes) / page_bytes;
  if (kind_ != Kind::held || first > all || pages > all - first) return fail(Error::invalid);
  u64 pass;
  {
    Guard guard{lock_};
    pass = ++withdraw_pass_;
    for (u64 i = first; i < first + pages; ++i)
      if (PhysAddr const frame = pages_.take(i); frame != PhysAddr{}) memory_.frames.drop(frame);
  }
  // From here on no mapping gets a page of the range anew. A region is seen while its space exists, for leaving the list
  // takes our lock; its space's lock comes before ours in the order, so it can only be tried for.
  for (bool again = true; again; ) {
    again = false;
    lock_.lock();
    for (Region& region : regions_) {
      if (region.withdraw_pass >= pass) continue;
      again = true;
      if (!region.space.lock_.try_lock()) continue;
      region.withdraw_pass = pass;
      region.space.withdraw_pages(region, first, pages);
      region.space.lock_.unlock();
    }
    lock_.unlock();
    if (again) while_waiting();
  }
  return ok;
}

void Object::attach(Region& region, Region const* like) {
  Guard guard{lock_};
  region.withdraw_pass = like ? like->withdraw_pass : withdraw_pass_;
  regions_.push_back(region);
}

void Object::detach(Region& region, Region* into) {
  Guard guard{lock_};
  if (into && region.withdraw_pass < into->withdraw_pass) into->withdraw_pass = region.withdraw_pass;
  regions_.erase(regions_.iterator_to(region));
}

}  // namespace hinge::nucleus::mm
