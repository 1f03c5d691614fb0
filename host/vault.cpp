// Layout of a vault: one page of header, one page for each undo log, then each pool as a page of head and its cells.
#include "host/vault.hpp"

#include <algorithm>

#include "host/image.hpp"

namespace hinge::host {
namespace {

constexpr auto read_write = Protection::read | Protection::write;
constexpr u64 commit_step = 16 * page_bytes;
constexpr u64 vault_bytes = layout::slot_windows - layout::slot_vault;

}  // namespace

// ---- pools -------------------------------------------------------------------------------------------------------

Result<> PoolBase::place(u64 at) {
  TRY(memory_commit(no_handle, at, page_bytes, read_write));
  head_ = reinterpret_cast<Head*>(at);
  cells_ = at + page_bytes;
  committed_ = 0;
  if (head_->fresh > capacity_) return fail(Error::corrupt);
  return head_->fresh ? commit_up_to(head_->fresh - 1) : Result<>{ok};
}

Result<> PoolBase::commit_up_to(u32 index) {
  u64 const end = (u64{index} + 1) * cell_bytes_;
  if (end <= committed_) return ok;
  u64 const to = std::min(align_up(end, commit_step), bytes() - page_bytes);
  TRY(memory_commit(no_handle, cells_ + committed_, to - committed_, read_write));
  committed_ = to;
  return ok;
}

Result<Name> PoolBase::allocate_cell(UndoLog& undo) {
  u32 index;
  if (head_->first_free) {
    index = head_->first_free - 1;
    TRY(undo.set(head_->first_free, cell(index)->next_free));
  } else {
    index = head_->fresh;
    if (index == capacity_) return fail(Error::no_space);
    TRY(commit_up_to(index));
    TRY(undo.set(head_->fresh, index + 1));
  }
  TRY(undo.set(head_->used, head_->used + 1));
  Cell& c = *cell(index);
  TRY(undo.set(c.generation, c.generation + 1));
  return Name{index, c.generation};
}

Result<> PoolBase::free_cell(UndoLog& undo, Name name) {
  Cell* const c = find_cell(name);
  if (!c) return fail(Error::not_found);
  TRY(undo.set(c->generation, c->generation + 1));
  TRY(undo.set(c->next_free, head_->first_free));
  TRY(undo.set(head_->first_free, name.index + 1));
  return undo.set(head_->used, head_->used - 1);
}

PoolBase::Cell* PoolBase::find_cell(Name name) const {
  if (!head_ || name.index >= head_->fresh || name.generation % 2 == 0) return nullptr;
  Cell* const c = cell(name.index);
  return c->generation == name.generation ? c : nullptr;
}

PoolBase::Cell* PoolBase::live_cell(u32 index) const {
  return head_ && index < head_->fresh && cell(index)->generation % 2 ? cell(index) : nullptr;
}

PoolBase::Cell* PoolBase::next_cell(u32& index) const {
  for (; head_ && index < head_->fresh; ++index)
    if (cell(index)->generation % 2) return cell(index);
  return nullptr;
}

bool PoolBase::consistent() const {
  u32 free = 0;
  for (u32 next = head_->first_free; next; next = cell(next - 1)->next_free)
    if (next > head_->fresh || cell(next - 1)->generation % 2 || ++free > head_->fresh) return false;
  u32 used = 0;
  for (u32 i = 0; next_cell(i); ++i) ++used;
  return used == head_->used && used + free == head_->fresh;
}

// ---- the vault -----------------------------------------------------------------------------------------------------

Result<bool> Vault::attach(std::string_view owner, u32 version, std::span<PoolBase* const> pools) {
  if (owner.size() > sizeof Header::owner) return fail(Error::name_too_long);
  base_ = own_slot_base() + layout::slot_vault;
  TRY(memory_commit(no_handle, base_, logs_at + logs * page_bytes, read_write));
  u64 layout = 0, end = base_ + logs_at + logs * page_bytes;
  for (PoolBase* pool : pools) {
    layout = (layout * 31 + pool->cell_bytes_) * 31 + pool->capacity_;
    end += pool->bytes();
  }
  if (end - base_ > vault_bytes) return fail(Error::too_big);

  auto const& header = *reinterpret_cast<Header const*>(base_);
  bool const old = header.magic == magic;
  if (!old && header.magic != 0) return fail(Error::corrupt);
  if (!old) TRY(format(owner, version, u32(pools.size()), layout));
  if (header.version != version || header.pool_count != pools.size() || header.layout != layout ||
      std::string_view{header.owner, owner.size()} != owner)
    return fail(Error::corrupt);

  u64 at = base_ + logs_at + logs * page_bytes;
  for (PoolBase* pool : pools) {
    TRY(pool->place(at));
    at += pool->bytes();
  }
  for (u32 i = 0; i < logs; ++i) {
    if (!log(i).valid_within(base_ + logs_at + logs * page_bytes, end)) return fail(Error::corrupt);
    log(i).rollback();
    log(i).owner_.store(0, std::memory_order_relaxed);
  }
  for (PoolBase* pool : pools)
    if (!pool->consistent()) return fail(Error::corrupt);
  return old;
}

Result<> Vault::format(std::string_view owner, u32 version, u32 pool_count, u64 layout) {
  auto& header = *reinterpret_cast<Header*>(base_);
  header.version = version;
  header.pool_count = pool_count;
  header.layout = layout;
  std::copy(owner.begin(), owner.end(), header.owner);
  // Release: whoever finds the magic finds the rest.
  std::atomic_ref{header.magic}.store(magic, std::memory_order_release);
  return ok;
}

UndoLog* Vault::try_acquire() {
  for (u32 i = 0; i < logs; ++i) {
    u32 free = 0;
    // Acquire: pairs with give_back, so that the former user's records are over.
    if (log(i).owner_.compare_exchange_strong(free, 1)) return &log(i);
  }
  return nullptr;
}

UndoLog& Vault::acquire() {
  if (UndoLog* log = try_acquire()) return *log;
  // Sequentially consistent with give_back: either it sees this waiter, or the waiter sees the free log.
  waiting_.fetch_add(1);
  for (;;) {
    u32 const seen = released_.load();
    if (UndoLog* log = try_acquire()) {
      waiting_.fetch_sub(1);
      return *log;
    }
    (void)word_wait(reinterpret_cast<u32 const*>(&released_), seen, no_deadline);
  }
}

void Vault::give_back(UndoLog& log) {
  log.owner_.store(0);
  if (waiting_.load() == 0) return;
  released_.fetch_add(1);
  (void)word_wake(reinterpret_cast<u32 const*>(&released_), 1);
}

}  // namespace hinge::host
