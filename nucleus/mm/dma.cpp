#include "nucleus/mm/dma.hpp"

#include <algorithm>
#include <bit>

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

void Dma::start(Memory& memory) {
  memory_ = &memory;
  devices_.start(memory.frames);
  mappings_.start(memory.frames);
}

Result<> Dma::confine(DmaHardware const& hardware) {
  Guard guard{lock_};
  if (hardware_ || first_) return fail(Error::busy);
  hardware_ = &hardware;
  return ok;
}

DmaDevice* Dma::find(u32 function) {
  DmaDevice* d = first_;
  while (d && d->function != function) d = d->next;
  return d;
}

Result<DmaDevice*> Dma::name(u32 function, u32 owner, Account& account) {
  if (DmaDevice* const known = find(function)) return known;
  if (hardware_ && domains_ + 1 >= hardware_->domains) return fail(Error::quota);
  DmaDevice* const d = TRY(devices_.make(account));
  d->function = function;
  d->owner = owner;
  d->account = &account;
  if (hardware_) {
    auto const root = memory_->frames.allocate(account);
    auto const attached = root ? hardware_->attach(function, domains_ + 1, *root, DmaHardware::Way::open) : fail(root.error());
    if (!attached) {
      if (root) memory_->frames.drop(*root);
      devices_.destroy(d);
      return fail(attached.error());
    }
    d->domain = ++domains_;
    d->tree = PageTree{memory_->frames, *root, hardware_->levels};
  }
  d->next = first_;
  return first_ = d;
}

/// Writes the mapping into the device's page tables. What was written before a failure is cleared again.
Result<> Dma::enter(DmaDevice& device, Mapping& m, bool device_writes) {
  if (!hardware_) return ok;
  for (u32 i = 0; i < m.pages; ++i) {
    auto const leaf = device.tree.reach(window(m.id) + i * page_bytes, *device.account);
    if (!leaf) {
      for (u32 k = 0; k < i; ++k) device.tree.clear(device.tree.find(window(m.id) + k * page_bytes));
      hardware_->flush(device.domain);
      return fail(leaf.error());
    }
    device.tree.set(*leaf, Entry{address_of(m.frames[i]).raw() | Entry::present | (device_writes ? Entry::writable : 0)});
  }
  hardware_->publish(device.domain);
  return ok;
}

Result<Dma::Mapped> Dma::map(u32 function, u32 owner, Account& account, std::span<FrameIndex const> frames, bool device_writes) {
  Guard guard{lock_};
  DmaDevice& device = *TRY(name(function, owner, account));
  u64* const word = std::ranges::find_if(device.taken, [](u64 w) { return w != ~u64{0}; });
  if (word == std::end(device.taken)) return fail(Error::no_space);
  TRY(device.account->charge(frames.size()));
  auto const made = mappings_.make(*device.account);
  if (!made) {
    device.account->refund(frames.size());
    return fail(made.error());
  }
  Mapping& m = **made;
  u32 const bit = u32(std::countr_one(*word));
  m.id = u32(word - device.taken) * 64 + bit;
  m.pages = u32(frames.size());
  std::ranges::copy(frames, m.frames);
  if (auto const entered = enter(device, m, device_writes); !entered) {
    mappings_.destroy(&m);
    device.account->refund(frames.size());
    return fail(entered.error());
  }
  *word |= u64{1} << bit;
  m.next = device.mappings[m.id % DmaDevice::buckets];
  device.mappings[m.id % DmaDevice::buckets] = &m;
  return Mapped{m.id, hardware_ ? window(m.id) : 0};
}

/// Takes a mapping off its list, and gives back what it held.
void Dma::drop(DmaDevice& device, Mapping** link) {
  Mapping& m = **link;
  *link = m.next;
  if (hardware_) {
    for (u32 i = 0; i < m.pages; ++i) device.tree.clear(device.tree.find(window(m.id) + i * page_bytes));
    hardware_->flush(device.domain);
  }
  for (u32 i = 0; i < m.pages; ++i) memory_->frames.drop(address_of(m.frames[i]));
  device.account->refund(m.pages);
  device.taken[m.id / 64] &= ~(u64{1} << m.id % 64);
  mappings_.destroy(&m);
}

Result<> Dma::unmap(u32 function, u32 id) {
  Guard guard{lock_};
  DmaDevice* const device = find(function);
  if (!device) return fail(Error::not_found);
  Mapping** link = &device->mappings[id % DmaDevice::buckets];
  while (*link && (*link)->id != id) link = &(*link)->next;
  if (!*link) return fail(Error::not_found);
  drop(*device, link);
  return ok;
}

Result<bool> Dma::reset_step(u32 function, u32 owner, Account& account) {
  Guard guard{lock_};
  DmaDevice& device = *TRY(name(function, owner, account));
  u32 left = steps;
  for (Mapping*& list : device.mappings) {
    for (; list && left; --left) drop(device, &list);
    if (list) return false;
  }
  device.faults = 0;
  if (hardware_) TRY(hardware_->attach(function, device.domain, device.tree.root(), DmaHardware::Way::open));
  return true;
}

void Dma::silence(u32 owner) {
  Guard guard{lock_};
  for (DmaDevice* d = first_; d && hardware_; d = d->next)
    if (d->owner == owner) (void)hardware_->attach(d->function, d->domain, d->tree.root(), DmaHardware::Way::silent);
}

Dma::Fault Dma::fault(u32 function) {
  Guard guard{lock_};
  DmaDevice* const device = find(function);
  if (!device) {
    (void)hardware_->attach(function, 0, PhysAddr{}, DmaHardware::Way::silent);
    return {0, 1, true};
  }
  bool const last = ++device->faults == most_faults;
  if (last) (void)hardware_->attach(function, device->domain, device->tree.root(), DmaHardware::Way::silent);
  return {device->owner, device->faults, last};
}

}  // namespace hinge::nucleus::mm
