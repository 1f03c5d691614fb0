// links: placement/manifest_parser.cpp placement/manifest_check.cpp
#include "placement/manifest.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "tests/support/mutate.hpp"

namespace hinge::placement {
namespace {

struct Texts : Files {
  std::map<std::string, std::string, std::less<>> files;
  Result<std::string_view> open(std::string_view name) override {
    auto const found = files.find(name);
    if (found == files.end()) return fail(Error::not_found);
    return std::string_view{found->second};
  }
};

constexpr char good[] = R"(
# comment
service console
  image boot/services/console.elf
  frames 0x100
  activations 2
  drain-limit 250ms
  worker-priority 20
  worker-budget 20ms in 1s
  hang-limit 3s
  provides console
  grant ports 0x3f8-0x3ff as com1   # and a comment here
  grant interrupt 4
  signal ready -> linux.console_signal
service linux
  calls console
  calls tmpfs as files
  calls placement as system
  grant power
service tmpfs
  frames 90%
place * kernel
place console domain drivers
place tmpfs apart
)";

class ManifestTest : public testing::Test {
 protected:
  /// "" when fine, else "file:line: text".
  std::string read(std::string const& text) {
    texts_.files["main"] = text;
    *manifest_ = {};
    auto r = parse(texts_, "main", *manifest_);
    if (r) r = check(*manifest_);
    if (r) return "";
    return std::string{r.error().file()} + ":" + std::to_string(r.error().line()) + ": " + std::string{r.error().text()};
  }
  Texts texts_;
  std::unique_ptr<Manifest> manifest_ = std::make_unique<Manifest>();
};

TEST_F(ManifestTest, ReadsEverything) {
  ASSERT_EQ(read(good), "");
  Service const& console = *manifest_->find("console");
  EXPECT_EQ(console.image, "boot/services/console.elf");
  EXPECT_EQ(console.frames, 256u);
  EXPECT_EQ(console.activations, 2u);
  EXPECT_EQ(console.drain_limit_ns, 250'000'000u);
  EXPECT_EQ(console.worker_priority, 20u);
  EXPECT_EQ(console.worker_budget_ns, 20'000'000u);
  EXPECT_EQ(console.worker_period_ns, 1'000'000'000u);
  EXPECT_EQ(console.hang_limit_ns, 3'000'000'000u);
  EXPECT_EQ(console.provides[0], "console");
  EXPECT_EQ(console.grants[0].first, 0x3f8u);
  EXPECT_EQ(console.grants[0].last, 0x3ffu);
  EXPECT_EQ(console.grants[0].name, "com1");
  EXPECT_EQ(console.grants[1].name, "interrupt");
  EXPECT_EQ(console.signals[0].index, 1u);
  EXPECT_FALSE(console.kernel);
  EXPECT_EQ(console.domain, "drivers");
  Service const& linux_service = *manifest_->find("linux");
  EXPECT_TRUE(linux_service.kernel);
  EXPECT_EQ(linux_service.calls[1].role, "files");
  EXPECT_EQ(linux_service.calls[1].index, 2u);
  EXPECT_EQ(linux_service.calls[2].index, to_placement);
  EXPECT_EQ(manifest_->find("tmpfs")->domain, "tmpfs");
  EXPECT_EQ(manifest_->find("tmpfs")->frames, 90u);
  EXPECT_TRUE(manifest_->find("tmpfs")->frames_are_percent);
}

TEST_F(ManifestTest, ReadsDevices) {
  ASSERT_EQ(read("service a\n grant device 1af4:1042,1af4:1001 as disks\nplace a apart\n"), "");
  Grant const& g = manifest_->find("a")->grants[0];
  EXPECT_EQ(g.kind, GrantKind::device);
  EXPECT_EQ(g.name, "disks");
  ASSERT_EQ(g.ids.size(), 2u);
  EXPECT_EQ(g.ids[1].vendor, 0x1af4);
  EXPECT_EQ(g.ids[1].device, 0x1001);
  auto const refused = [&](std::string const& words) { return read("service a\n grant device" + words + "\nplace a apart\n"); };
  EXPECT_EQ(refused(""), "main:2: 'grant device' needs VENDOR:DEVICE");
  for (char const* bad : {" 1af4", " 1af4:104", " 1af4:1042,", " 1af4:104g", " 1AF4:1042", " 1af4:1042;1af4:1001"})
    EXPECT_TRUE(refused(bad).starts_with("main:2: ")) << bad;
  EXPECT_EQ(refused(" 1af4:0001,1af4:0002,1af4:0003,1af4:0004,1af4:0005"), "main:2: too many kinds of devices");
}

TEST_F(ManifestTest, OrdersServersBeforeClients) {
  ASSERT_EQ(read("service c\ncalls b\nservice b\ncalls a\nservice a\nplace * apart"), "");
  ASSERT_EQ(manifest_->order.size(), 3u);
  EXPECT_EQ(manifest_->services[manifest_->order[0]].name, "a");
  EXPECT_EQ(manifest_->services[manifest_->order[2]].name, "c");
}

TEST_F(ManifestTest, IncludesFiles) {
  texts_.files["common"] = "service a\nservice b\n";
  EXPECT_EQ(read("include common\nplace * kernel"), "");
  EXPECT_EQ(manifest_->services.size(), 2u);
  EXPECT_EQ(read("\ninclude nothing"), "main:2: no such file: nothing");
  texts_.files["self"] = "include self";
  EXPECT_EQ(read("include self"), "self:1: includes nest too deeply, at self");
  EXPECT_EQ(read("service x\ninclude common\nframes 3"), "main:3: 'frames' belongs into a service, after 'service NAME'");
}

TEST_F(ManifestTest, NamesTheMistakeAndItsLine) {
  EXPECT_EQ(read("frob x"), "main:1: unknown word 'frob'");
  EXPECT_EQ(read("service a b"), "main:1: expected: service NAME");
  EXPECT_EQ(read("service A"), "main:1: not a name: 'A' (1 to 23 of a-z 0-9 _ -)");
  EXPECT_EQ(read("service a\nservice a"), "main:2: service 'a' is there already");
  EXPECT_EQ(read("service a\nframes many"), "main:2: not a number: 'many'");
  EXPECT_EQ(read("service a\nactivations 0"), "main:2: out of range: 0");
  EXPECT_EQ(read("service a\nworker-budget 5ms in 4ms"), "main:2: expected: worker-budget TIME in PERIOD, at most all of it, 600s at the most");
  EXPECT_EQ(read("service a\ndrain-limit 5"), "main:2: not a time: '5' (as 250ms or 2s)");
  EXPECT_EQ(read("service a\ngrant ports"), "main:2: 'grant ports' needs a number or a range");
  EXPECT_EQ(read("service a\ngrant ports 9-8"), "main:2: out of range: 8");
  EXPECT_EQ(read("service a\ngrant ports 0-0x10000"), "main:2: out of range: 0x10000");
  EXPECT_EQ(read("service a\ngrant gold"), "main:2: nothing is called 'gold' that could be granted");
  EXPECT_EQ(read("service a\ncalls b"), "main:1: service 'a' is not placed anywhere");
  EXPECT_EQ(read("service a\ncalls b\nplace * kernel"), "main:2: 'a' calls 'b', which does not exist");
  EXPECT_EQ(read("service a\nsignal e -> b.c\nplace * kernel"), "main:2: 'a' signals 'b', which does not exist");
  EXPECT_EQ(read("place b kernel"), "main:1: no service is called 'b'");
  EXPECT_EQ(read("service a\nplace a cellar"), "main:2: a place is 'kernel', 'domain NAME' or 'apart'");
  EXPECT_EQ(read("service a\ncalls b as x\ncalls c as x"), "main:3: role 'x' is taken already");
  EXPECT_EQ(read("service a\ngrant power\ngrant power\nplace * kernel"), "main:3: a grant called 'power' is there already");
}

TEST_F(ManifestTest, NamesTheCircle) {
  EXPECT_EQ(read("service a\ncalls b\nservice b\ncalls c\nservice c\ncalls b\nplace * kernel"),
            "main:6: calls go in a circle: b calls c calls b");
  EXPECT_EQ(read("service a\ncalls a\nplace * kernel"), "main:2: calls go in a circle: a calls a");
}

TEST_F(ManifestTest, AnyTextIsAnsweredWithinBounds) {
  std::string const text = good;
  for (u64 seed = 0; seed < 20'000; ++seed) {
    auto const bytes = test::mutate({text.begin(), text.end()}, seed);
    (void)read({bytes.begin(), bytes.end()});
  }
  std::string many;
  for (int i = 0; i < 100; ++i) many += "service s" + std::to_string(i) + "\n";
  EXPECT_EQ(read(many), "main:33: too many services");
}

}  // namespace
}  // namespace hinge::placement
