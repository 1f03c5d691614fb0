// links: placement/binder.cpp placement/devices.cpp placement/elf_image.cpp placement/image_view.cpp base/format.cpp tests/support/fake_host.cpp
#include "placement/binder.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "abi/boot_image.hpp"
#include "iface/placement.hpp"
#include "tests/support/fake_host.hpp"
#include "tests/support/loaded_service.hpp"

namespace hinge::placement {
namespace {

/// The capabilities that were given, in order: what the nucleus would have been asked.
struct Given { u64 slot, from, rights, badge; };
std::vector<Given> given;

i64 cap_give(u64 slot, u64 from, u64 rights, u64 badge, u64, u64) {
  given.push_back({slot, from, rights, badge});
  return i64(900 + given.size());
}
i64 portal_create(u64 slot, u64, u64, u64, u64, u64) { return i64(slot * 10); }
i64 event_bind(u64, u64, u64, u64, u64, u64) { return 0; }

using test::Loaded;

class Binder : public testing::Test {
 protected:
  void SetUp() override {
    given.clear();
    fake_host::replace(native::Number::cap_give, cap_give);
    fake_host::replace(native::Number::portal_create, portal_create);
    fake_host::replace(native::Number::event_bind, event_bind);
    (void)client_.spec.calls.add({"server", "peer", 7, 1});
  }
  std::string bind() {
    EXPECT_TRUE(create_portals(server_));
    Instance all[] = {client_, server_};
    auto const r = bind_ports(all[0], all, Handle{55});
    if (!r) return std::string{r.error().text()};
    complete(all[0], all, nullptr);
    return "";
  }
  Loaded client_{"client", 3}, server_{"server", 4};
};

TEST_F(Binder, InsideOneDomainAPortLeadsToTheServersMethods) {
  client_.side = server_.side = Placement::kernel;
  ASSERT_EQ(bind(), "");
  auto const& provided = *server_.view().find_provided("numbers");
  EXPECT_EQ(client_.port().methods.load(), client_.view().find_required("peer")->direct);
  EXPECT_EQ(client_.port().direct, client_.port().methods.load());
  EXPECT_EQ(client_.port().peer, provided.methods);
  EXPECT_EQ(client_.port().instance, provided.instance);
  EXPECT_EQ(client_.port().portal, Handle{901}) << "for when they are parted";
}

TEST_F(Binder, AcrossDomainsItLeadsToProxiesWithACapability) {
  client_.set_place(Placement::user, "a");
  server_.set_place(Placement::user, "b");
  ASSERT_EQ(bind(), "");
  EXPECT_EQ(client_.port().methods.load(), client_.view().find_required("peer")->user_proxies);
  EXPECT_EQ(client_.port().portal, Handle{901});
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].slot, 3u);
  EXPECT_EQ(given[0].from, 40u);
  EXPECT_EQ(given[0].rights, u64(Right::call));
}

TEST_F(Binder, KernelAndUserSideAreNeverOneDomain) {
  client_.set_place(Placement::kernel, "same");
  server_.set_place(Placement::user, "same");
  ASSERT_EQ(bind(), "");
  EXPECT_EQ(client_.port().methods.load(), client_.view().find_required("peer")->proxies);
  EXPECT_EQ(given.size(), 1u);
}

TEST_F(Binder, RefusesAnInterfaceThatDiffers) {
  const_cast<image::Required*>(client_.view().find_required("peer"))->interface = 78;
  EXPECT_EQ(bind(), "'server' does not serve what 'client' calls as 'peer'");
}

TEST_F(Binder, GrantsAreNarrowedAndHandedOver) {
  (void)client_.spec.grants.add({GrantKind::ports, 0x3f8, 0x3ff, "ports", 4});
  ASSERT_TRUE(give_grants(client_));
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].from, boot::initial(boot::Initial::ports).raw());
  EXPECT_EQ(given[0].badge, 0x3f8u | 0x3ffu << 16);
  complete(client_, {}, nullptr);
  EXPECT_EQ(client_.ports(), Handle{901});
}

TEST_F(Binder, SaysWhenTheImageHasNoUseForAGrant) {
  (void)client_.spec.grants.add({GrantKind::power, 0, 0, "power", 4});
  auto const r = give_grants(client_);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().line(), 4u);
  EXPECT_EQ(r.error().text(), "the image of 'client' has no use for a grant called 'power'");
}

TEST_F(Binder, SignalsEnterTheirTarget) {
  EXPECT_TRUE(create_portals(server_));
  (void)client_.spec.signals.add({"ports", "server", "numbers", 5, 1});
  Instance const all[] = {client_, server_};
  ASSERT_TRUE(bind_signals(client_, all));
  EXPECT_EQ(given.back().rights, u64(Right::signal));
  complete(client_, {}, nullptr);
  EXPECT_EQ(client_.ports(), Handle{901});
  client_.spec.signals[0].interface = "words";
  EXPECT_EQ(bind_signals(client_, all).error().text(), "'server' does not serve 'words'");
}

}  // namespace
}  // namespace hinge::placement
