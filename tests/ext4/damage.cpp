#include "tests/ext4/damage.hpp"

#include <algorithm>
#include <fstream>

#include "services/ext4/attributes.hpp"
#include "services/ext4/checksum.hpp"
#include "services/ext4/format/extent.hpp"
#include "services/ext4/format/journal.hpp"
#include "services/ext4/groups.hpp"
#include "services/ext4/htree.hpp"
#include "tests/ext4/walk.hpp"

namespace hinge::test {

namespace fs = std::filesystem;
using namespace ext4;
using Kind = Target::Kind;

/// A volume over the bytes, without the service around it.
struct Opened {
  explicit Opened(std::vector<u8> const& bytes) : disk{bytes} {
    conformance::bind_directly(port, disk);
    cache = host::make<BlockCache>(u64{4} << 20);
    volume = host::make_ref<Volume>(u64{1}, u64{1}, Disk::open(port, 0, 0, bytes.size() / 512, caller).value(), *cache);
    if (!open_volume(*volume, caller)) std::abort();
  }
  ~Opened() {
    volume = nullptr;
    cache->dispose();
  }
  MemoryDisk disk;
  Port<BlockDevice> port;
  Caller caller{.thread = 1};
  BlockCache* cache;
  Ref<Volume> volume;
};

namespace {

template <class T>
void store(std::span<u8> to, usize offset, T value) { std::memcpy(to.data() + offset, &value, sizeof value); }

}  // namespace

Patient::Patient(std::vector<u8> image, std::vector<u64> const& other_blocks) : image_{std::move(image)} {
  opened_ = std::make_shared<Opened>(image_);
  Session const session{*opened_->volume, opened_->caller};
  geometry_ = session.geometry();
  targets_.push_back({Kind::superblock, format::superblock_offset, sizeof(format::Superblock), 0, 0});
  for (u32 group = 0; group < geometry_.groups; ++group)
    targets_.push_back({Kind::group, (geometry_.first_data_block + 1) * u64{geometry_.block_bytes} + group * geometry_.descriptor_bytes,
                        geometry_.descriptor_bytes, group, 0});
  find_inode_targets(session, format::root_inode, 0);
  if (geometry_.journal_inode) find_inode_targets(session, geometry_.journal_inode, 0);
  for (u64 block : other_blocks) targets_.push_back({Kind::other, block * geometry_.block_bytes, geometry_.block_bytes, 0, 0});
  std::ranges::stable_sort(targets_, {}, &Target::kind);
}

void Patient::add_block(Kind kind, BlockNumber block, Inode const& inode) {
  targets_.push_back({kind, block.raw() * geometry_.block_bytes, geometry_.block_bytes, inode.number, inode.raw.generation});
}

void Patient::find_inode_targets(Session const& session, u32 number, u32 depth) {
  Inode const inode = read_inode(session, number).value();
  targets_.push_back({Kind::inode, inode.table->number().raw() * geometry_.block_bytes + inode.offset, geometry_.inode_bytes, number, 0});
  if (BlockNumber const block = inode.attribute_block(); block.raw()) add_block(Kind::attributes, block, inode);
  bool const mapped = inode.type() == FileType::directory || inode.type() == FileType::regular;
  if (mapped && inode.has(format::Inode::extents)) find_extent_targets(session, inode, inode.map());
  if (inode.type() != FileType::directory) return;
  bool const indexed = inode.has(format::Inode::indexed);
  for (u64 i = 0; i < inode.blocks(geometry_); ++i) {
    BlockRef const block = read_file_block(session, inode, FileBlock{i}).value();
    auto const first = load<format::DirectoryEntry>(block->bytes(), 0);
    bool const tree = indexed && (i == 0 || (first.inode == 0 && first.record_bytes == geometry_.block_bytes));
    add_block(tree ? Kind::tree : Kind::leaf, block->number(), inode);
    if (tree) continue;
    Leaf const leaf = read_leaf(session, inode, FileBlock{i}).value();
    Leaf::Entry e;
    for (u32 at = 0; leaf.next(at, e); at = e.offset + e.record_bytes)
      if (!is_dots(e.name)) find_inode_targets(session, e.inode, depth + 1);
  }
}

void Patient::find_extent_targets(Session const& session, Inode const& inode, ext4::Bytes node) {
  auto const header = load<format::ExtentHeader>(node, 0);
  for (u32 i = 0; header.depth > 0 && i < header.entries; ++i) {
    BlockRef const child = session.block(BlockNumber{load<format::ExtentIndex>(node, 12 + i * 12).leaf()}).value();
    add_block(Kind::extents, child->number(), inode);
    find_extent_targets(session, inode, child->bytes());
  }
}

Target const& Patient::choose(u32 number) const {
  std::vector<std::span<Target const>> kinds;
  for (auto at = targets_.begin(); at != targets_.end();) {
    auto const end = std::ranges::upper_bound(at, targets_.end(), at->kind, {}, &Target::kind);
    kinds.emplace_back(at, end);
    at = end;
  }
  auto const& kind = kinds[number % kinds.size()];
  return kind[number / kinds.size() % kind.size()];
}

Target const& Patient::apply(std::span<u8> bytes, Edit const& edit) const {
  Target const& target = choose(edit.target);
  u32 const width = std::min<u32>(edit.bytes, target.bytes);
  std::memcpy(bytes.data() + target.offset + edit.offset % (target.bytes - width + 1), &edit.value, width);
  if (edit.seal) seal(bytes, target);
  return target;
}

void Patient::seal(std::span<u8> bytes, Target const& target) const {
  std::span<u8> const part{bytes.data() + target.offset, target.bytes};
  if (target.kind == Kind::superblock) return store(part, offsetof(format::Superblock, checksum), crc32c(checksum_start, part.first(offsetof(format::Superblock, checksum))));
  if (target.kind == Kind::group) return store(part, offsetof(format::GroupDescriptor, checksum), group_checksum(geometry_, target.number, part));
  Session const session{*opened_->volume, opened_->caller};
  Inode inode{};
  inode.number = target.number;
  inode.raw.generation = target.generation;
  u32 const last = target.bytes - sizeof(u32);
  switch (target.kind) {
    case Kind::inode: {
      u32 const sum = inode_checksum(session, target.number, part);
      store(part, offsetof(format::Inode, checksum_low), u16(sum));
      if (target.bytes > format::Inode::short_bytes) store(part, offsetof(format::Inode, checksum_high), u16(sum >> 16));
      return;
    }
    case Kind::leaf: return store(part, last, leaf_checksum(session, inode, part));
    case Kind::tree: {
      u32 const at = load<format::DirectoryEntry>(part, 0).record_bytes == 12 ? format::HashRoot::entries_offset : format::hash_node_entries_offset;
      auto const count = load<format::HashCount>(part, at);
      u32 const tail = at + count.capacity * 8;
      if (count.count <= count.capacity && tail + 8 <= target.bytes) store(part, tail + 4, tree_checksum(session, inode, part, at));
      return;
    }
    case Kind::extents: {
      u32 const tail = 12 + 12 * load<format::ExtentHeader>(part, 0).capacity;
      if (tail <= last) store(part, tail, extent_checksum(session, inode, part));
      return;
    }
    case Kind::attributes:
      return store(part, offsetof(format::AttributeBlockHeader, checksum), attribute_checksum(session, BlockNumber{target.offset / geometry_.block_bytes}, part));
    case Kind::superblock: case Kind::group: case Kind::other: return;
  }
}

namespace {

/// One of everything, and no more: what is there is paid for with each walk. The long names make `many` several leaves, and
/// the scattered blocks make a tree of extents with nodes between root and leaves.
void plant(fs::path const& root) {
  fs::create_directories(root / "a/b/c");
  fs::create_directory(root / "many");
  for (int i = 0; i < 9; ++i) write_file(root / "many" / ("some name " + std::to_string(i * i) + std::string(200, 'n')), std::string(usize(i), 'c'));
  write_file(root / "a/b/file", std::string(20'000, 'f'));
  fs::create_symlink(std::string(40, 's'), root / "a/short");
  fs::create_symlink(std::string(400, 'l'), root / "a/long");
  std::ofstream scattered{root / "scattered", std::ios::binary};
  for (int i = 0; i < 400; ++i) scattered.seekp(i * 8192), scattered << i;
}

}  // namespace

std::vector<Patient> patients() {
  TemporaryFolder const folder;
  plant(folder / "root");
  fs::path const image = folder / "image";
  std::vector<Patient> all;
  for (char const* options : {"-t ext4 -b 1024 -N 128 -J size=1", "-t ext4 -b 4096 -N 128 -O ^has_journal", "-t ext3 -b 1024 -N 128 -J size=1",
                              "-t ext4 -b 1024 -N 128 -O ^metadata_csum,uninit_bg -J size=1"}) {
    make_image(image, folder / "root", options, "4M");
    debugfs(image, "ea_set a/b/file user.x " + std::string(100, 'x') + "\nea_set a/b/file user.y " + std::string(300, 'y') + "\n");
    all.emplace_back(load_image(image));
    run("e2fsck -fyD " + image.string(), 1);
    all.emplace_back(load_image(image));
  }
  // Dirty journals: the blocks of one transaction, found by the journal's magic.
  for (char const* open : {"jo", "jo -c -v 3"}) {
    make_image(image, folder / "root", "-t ext4 -b 1024 -N 128 -J size=1", "4M");
    write_file(folder / "blocks", std::string(reinterpret_cast<char const*>(load_image(image).data()) + 1024, 30 * 1024));
    std::string numbers = "1";
    for (int i = 2; i <= 30; ++i) numbers += "," + std::to_string(i);
    debugfs(image, std::string{open} + "\njw -b " + numbers + " " + (folder / "blocks").string() + "\njw -r 3000,3001\njc\n");
    auto bytes = load_image(image);
    std::vector<u64> journal;
    for (u64 block = 0; block < bytes.size() / 1024; ++block)
      if (load<format::JournalHeader>(bytes, block * 1024).magic == format::JournalHeader::expected_magic) journal.push_back(block);
    all.emplace_back(std::move(bytes), journal);
  }
  // The smallest journal of such blocks takes almost half of it.
  make_image(image, folder / "root", "-t ext4 -b 4096 -N 128 -J size=4", "10M");
  all.emplace_back(load_image(image));
  return all;
}

usize examine(std::vector<u8> bytes) {
  Mounted m{std::move(bytes)};
  if (!m.mount()) return 0;
  Walk walk{m.port, m.caller};
  walk.max_nodes = 300;
  walk.max_content = 64 << 10;
  return walk.tree().size();
}

}  // namespace hinge::test
