// A laid-out image, read through the addresses it holds. Everything its header points to is checked once, here, to lie
// in the image and in memory of the right kind; afterwards placement and the nucleus may follow the pointers.
#pragma once

#include "abi/host_table.hpp"
#include "abi/image.hpp"
#include "placement/elf_image.hpp"

namespace hinge::placement {

inline constexpr u32 max_provided = 16, max_required = 16, max_granted = 32, max_methods = 128;

class ImageView {
 public:
  ImageView(std::string_view name, ElfImage const& image, std::span<u8> memory, u64 base)
      : name_{name}, image_{image}, memory_{memory}, base_{base} {}

  /// Checks the header and all it names. The other functions may be called after that.
  Checked<> validate() const;

  [[nodiscard]] image::Header& header() const { return *reinterpret_cast<image::Header*>(memory_.data()); }
  [[nodiscard]] std::span<image::Provided const> provided() const { return list(header().provided, header().provided_count); }
  [[nodiscard]] std::span<image::Required const> required() const { return list(header().required, header().required_count); }
  [[nodiscard]] std::span<image::Granted const> granted() const { return list(header().granted, header().granted_count); }

  /// What the image lists under that name, or with that hash; null if nothing.
  [[nodiscard]] image::Provided const* find_provided(std::string_view name) const;
  [[nodiscard]] image::Provided const* find_provided(u64 interface) const;
  [[nodiscard]] image::Required const* find_required(std::string_view name) const;
  [[nodiscard]] image::Granted const* find_granted(std::string_view name) const;

  /// Where an object of the image lies in the buffer. The address has been validated.
  template <class T>
  [[nodiscard]] T& at(T* address) const {
    return *const_cast<std::remove_const_t<T>*>(reinterpret_cast<T const*>(memory_.data() + offset(address)));
  }
  /// The slot address of an object in the buffer: the reverse.
  [[nodiscard]] u64 address_of(void const* in_buffer) const {
    return base_ + u64(static_cast<u8 const*>(in_buffer) - memory_.data());
  }

 private:
  std::unexpected<Problem> bad(std::initializer_list<std::string_view> what) const { return std::unexpected{Problem{name_, 0, what}}; }
  [[nodiscard]] u64 offset(void const* address) const { return reinterpret_cast<u64>(address) - base_; }
  template <class T>
  [[nodiscard]] std::span<T const> list(T const* first, u32 count) const {
    return count ? std::span<T const>{reinterpret_cast<T const*>(memory_.data() + offset(first)), count} : std::span<T const>{};
  }
  /// An array of the image in memory of that protection.
  template <class T>
  [[nodiscard]] bool holds(T const* first, u64 count, Protection protection) const;
  [[nodiscard]] bool is_code(void const* address) const;
  Checked<> validate(image::Provided const& p) const;
  Checked<> validate(image::Required const& r) const;

  std::string_view name_;
  ElfImage const& image_;
  std::span<u8> memory_;
  u64 base_;
};

/// A name field: up to its terminating zero; empty when there is none or it holds other than printable characters.
std::string_view text_of(char const (&name)[image::name_bytes]);

}  // namespace hinge::placement
