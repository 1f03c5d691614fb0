// links: host/vault.cpp host/undo_log.cpp tests/support/fake_host.cpp
#include "host/vault.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "host/image.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::host {
namespace {

struct Node { u64 value; u32 links, mode; };

/// One service's life; constructing a second one over the same memory is its restart after a crash.
struct Service {
  Pool<Node> nodes{5'000};
  Vault vault;
  PoolBase* pools[1] = {&nodes};
  Result<bool> attach() { return vault.attach("test", 1, pools); }
};

class VaultTest : public testing::Test {
 protected:
  void SetUp() override {
    (void)memory_release(no_handle, own_slot_base() + layout::slot_vault, u64{1} << 24);
    ASSERT_FALSE(service_.attach().value());
  }
  Name add(u64 value) {
    Activation undo{service_.vault};
    Name const name = service_.nodes.allocate(*undo).value();
    EXPECT_TRUE(undo->set(service_.nodes.find(name)->value, value));
    undo->commit();
    return name;
  }
  Service service_;
};

TEST_F(VaultTest, CommittedStateSurvivesARestart) {
  Name const name = add(7);
  Service next;
  ASSERT_TRUE(next.attach().value());
  ASSERT_TRUE(next.nodes.find(name));
  EXPECT_EQ(next.nodes.find(name)->value, 7u);
  EXPECT_EQ(next.nodes.used(), 1u);
}

TEST_F(VaultTest, AnUncommittedRequestLeavesNoTrace) {
  Name const name = add(7);
  {
    Activation undo{service_.vault};
    EXPECT_TRUE(undo->set(service_.nodes.find(name)->value, 8u));
    EXPECT_TRUE(service_.nodes.allocate(*undo));
    EXPECT_TRUE(service_.nodes.free(*undo, name));
    EXPECT_FALSE(service_.nodes.find(name));
  }
  EXPECT_EQ(service_.nodes.find(name)->value, 7u);
  EXPECT_EQ(service_.nodes.used(), 1u);
}

TEST_F(VaultTest, ACrashInTheMiddleIsRolledBack) {
  Name const name = add(7);
  Activation undo{service_.vault};  // Still open when the next instance attaches.
  ASSERT_TRUE(undo->set(service_.nodes.find(name)->value, 8u));
  ASSERT_TRUE(service_.nodes.allocate(*undo));
  Service next;
  ASSERT_TRUE(next.attach().value());
  EXPECT_EQ(next.nodes.find(name)->value, 7u);
  EXPECT_EQ(next.nodes.used(), 1u);
}

TEST_F(VaultTest, StaleNamesNameNothing) {
  Name const old = add(1);
  {
    Activation undo{service_.vault};
    ASSERT_TRUE(service_.nodes.free(*undo, old));
    undo->commit();
  }
  Name const fresh = add(2);
  EXPECT_EQ(fresh.index, old.index);
  EXPECT_FALSE(service_.nodes.find(old));
  EXPECT_TRUE(service_.nodes.find(fresh));
}

TEST_F(VaultTest, RefusesWhatDoesNotHoldTogether) {
  add(1);
  struct Other { Pool<u64> numbers{10}; Vault vault; PoolBase* pools[1] = {&numbers}; } other;
  EXPECT_EQ(other.vault.attach("test", 1, other.pools).error(), Error::corrupt);
  Service version;
  EXPECT_EQ(version.vault.attach("test", 2, version.pools).error(), Error::corrupt);
  auto* const head = reinterpret_cast<u32*>(own_slot_base() + layout::slot_vault + page_bytes * (1 + Vault::logs));
  head[0] = 77;  // The free list now leads out of the pool.
  Service next;
  EXPECT_EQ(next.attach().error(), Error::corrupt);
}

/// Any sequence of changes, cut at any point, leaves what the last commit left.
TEST_F(VaultTest, RandomChangesRollBackToTheLastCommit) {
  std::mt19937 random{3};
  std::vector<std::pair<Name, u64>> model;
  for (int round = 0; round < 300; ++round) {
    auto after = model;
    {
      Activation undo{service_.vault};
      for (u32 n = random() % 6; n-- > 0;) {
        if (after.empty() || random() % 2) {
          Name const name = service_.nodes.allocate(*undo).value();
          u64 const value = random();
          ASSERT_TRUE(undo->set(service_.nodes.find(name)->value, value));
          after.emplace_back(name, value);
        } else {
          std::swap(after[random() % after.size()], after.back());
          ASSERT_TRUE(service_.nodes.free(*undo, after.back().first));
          after.pop_back();
        }
      }
      if (random() % 2) {
        undo->commit();
        model = after;
      }
    }
    Service next;
    ASSERT_TRUE(next.attach().value());
    ASSERT_EQ(next.nodes.used(), model.size());
    for (auto& [name, value] : model) {
      ASSERT_TRUE(next.nodes.find(name));
      ASSERT_EQ(next.nodes.find(name)->value, value);
    }
  }
}

TEST_F(VaultTest, MoreActivationsThanLogsTakeTurns) {
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (u32 i = 0; i < Vault::logs + 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        Activation undo{service_.vault};
        std::this_thread::yield();
        ++done;
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(done, int(Vault::logs + 8) * 50);
}

}  // namespace
}  // namespace hinge::host
