// Fuzzes the shipped ext4 code. Bytes become edits of the metadata of sound images, most of them with their checksums made
// right again, since random bytes would not get past a superblock; then the image is mounted and walked.
// Input: one byte that chooses the image, then 16 bytes for each edit.
#include <cstring>

#include "tests/ext4/damage.hpp"

namespace {

std::vector<hinge::test::Patient> const& sound() {
  static auto const& all = *new auto(hinge::test::patients());
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  (void)sound();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(hinge::u8 const* data, std::size_t size) {
  using namespace hinge;
  constexpr usize edit_bytes = 16, max_edits = 16;
  if (size < 1 + edit_bytes || size > 1 + max_edits * edit_bytes) return -1;
  auto const& patient = sound()[data[0] % sound().size()];
  auto bytes = patient.image();
  for (usize at = 1; at + edit_bytes <= size; at += edit_bytes) {
    u16 words[4];
    u64 value;
    std::memcpy(words, data + at, sizeof words);
    std::memcpy(&value, data + at + sizeof words, sizeof value);
    patient.apply(bytes, {words[0], words[1], value, u8(1u << words[2] % 4), words[3] % 8 != 0});
  }
  (void)test::examine(std::move(bytes));
  return 0;
}
