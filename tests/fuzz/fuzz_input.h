// A fuzzer's input, cut from the front into the numbers and texts that a target asks for. Control
// bytes come first and are few, so that a seed file is a readable text with a short prefix. An
// input that is too short gives zeros and empty texts: every input means something.
//
// Threads: a plain value.
// Invariants: the views end where the input's memory ends, so that a sanitizer sees a read beyond.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace ringcast::test {

class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return left_.empty(); }

  std::uint8_t Byte() {
    if (left_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return byte;
  }

  // Below `end`, which is not 0. One byte reaches 256 values, two all that a target needs.
  std::size_t Below(std::size_t end) {
    std::size_t value = Byte();
    if (end > 256) value = value << 8 | Byte();
    return value % end;
  }

  // Eight bytes, little endian.
  std::uint64_t Word() {
    std::uint64_t word = 0;
    for (int i = 0; i < 8; ++i) word |= std::uint64_t{Byte()} << (8 * i);
    return word;
  }

  // Exactly `size` bytes, or what is left.
  std::string_view Take(std::size_t size) {
    const std::string_view text = left_.substr(0, size);
    left_.remove_prefix(text.size());
    return text;
  }

  // Up to a line feed, which is dropped: mutations that insert and erase keep the cut in place.
  std::string_view Line() {
    const std::size_t end = left_.find('\n');
    const std::string_view text = left_.substr(0, end);
    left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
    return text;
  }

  std::string_view Rest() { return Take(left_.size()); }

 private:
  std::string_view left_;
};

// In which pieces bytes arrive: three lengths from the input, used in turn.
class Pieces {
 public:
  explicit Pieces(FuzzInput& input) {
    for (std::size_t& size : sizes_) {
      // Small pieces matter most; a few values stand for large ones.
      const std::size_t byte = input.Byte();
      size = byte < 0x40 ? 1 + byte : (byte - 0x3f) * 24;
    }
  }

  std::size_t NextSize() { return sizes_[turn_++ % sizes_.size()]; }

 private:
  std::array<std::size_t, 3> sizes_{};
  std::size_t turn_ = 0;
};

// A copy on the heap without a byte to spare.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view bytes)
      : memory_(std::make_unique<char[]>(bytes.size())), size_(bytes.size()) {
    if (!bytes.empty()) std::memcpy(memory_.get(), bytes.data(), bytes.size());
  }
  std::string_view view() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t size_;
};

}  // namespace ringcast::test
