#include "services/linux/files/block_stock.hpp"

#include <algorithm>

namespace hinge::linux_service {
namespace {

constexpr u64 stock = 256;  ///< Blocks asked for at once, and kept when nothing is dirty.

}  // namespace

bool BlockStock::take() {
  Guard guard{lock_};
  if (taken_ + page_blocks_ > promised_) return false;
  taken_ += page_blocks_;
  return true;
}

void BlockStock::end(u64 pages, bool written) {
  Guard guard{lock_};
  u64 const blocks = std::min(pages * page_blocks_, taken_);
  taken_ -= blocks;
  if (written) promised_ -= std::min(blocks, promised_);
}

Result<FileSystem::Reserve::Reply> BlockStock::reserve(i64 blocks) {
  return port_.on(FileSystem::Reserve{volume_, blocks, asked_.fetch_add(1, std::memory_order_relaxed)}, Caller{});
}

Attempt<> BlockStock::ask(u64 blocks) {
  auto const reply = ATTEMPT(reserve(i64(blocks)));
  Guard guard{lock_};
  // A write under way may have used some that its end will take off here too: too little in our books, never too much.
  promised_ = reply.promised;
  if (taken_ + page_blocks_ > promised_) return fail(Errno::no_space);
  return ok;
}

Attempt<> BlockStock::refill() {
  Attempt<> got = ask(stock);
  if (!got && got.error() == Errno::no_space) got = ask(page_blocks_);
  if (!got && got.error() == Errno::no_space) got = ask(0);
  return got;
}

void BlockStock::return_surplus() {
  u64 surplus;
  auto const reply = reserve(0);
  if (!reply) return;
  {
    Guard guard{lock_};
    promised_ = reply->promised;
    if (promised_ <= taken_ + 2 * stock) return;
    surplus = promised_ - taken_ - stock;
    promised_ -= surplus;
  }
  (void)reserve(-i64(surplus));
}

}  // namespace hinge::linux_service
