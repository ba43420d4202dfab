#include "sonde/kernels/huge_pages.h"

#include <cstdlib>
#include <mutex>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace sonde::kernels {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20, kBlock = 8 * kHugePage;
constexpr std::size_t kSmall = std::size_t{64} << 10;  // below: malloc
constexpr std::size_t kLarge = kHugePage / 4 * 3;      // from here on: pages of its own

// Pages that arrays share; they go back when the last of these does.
struct Block {
  std::size_t used = 0, arrays = 0;
};

// Stands before every array.
struct alignas(64) Head {
  void* memory = nullptr;  // to be freed, or null: part of `block`
  Block* block = nullptr;
};

void* take_pages(std::size_t bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, kHugePage, bytes) != 0) return nullptr;
#if defined(__linux__)
  madvise(memory, bytes, MADV_HUGEPAGE);  // what comes of the advice is the system's business
#endif
  return memory;
}

// What all share, as malloc's heap is shared.
struct Heap {
  std::mutex mutex;
  Block* open = nullptr;  // takes new arrays
};

Heap& heap() {
  static Heap* const heap = new Heap;  // outlives every array
  return *heap;
}

// Room for `bytes` in the open block, or in a new one.
Head* take_share(std::size_t bytes) {
  Heap& all = heap();
  const std::lock_guard lock(all.mutex);
  if (all.open == nullptr || all.open->used + bytes > kBlock) {
    void* const pages = take_pages(kBlock);
    if (pages == nullptr) return nullptr;
    if (all.open != nullptr && all.open->arrays == 0) std::free(all.open);
    all.open = new (pages) Block{.used = sizeof(Head)};
  }
  Head* const head = new (reinterpret_cast<std::byte*>(all.open) + all.open->used) Head{nullptr, all.open};
  all.open->used += bytes;
  ++all.open->arrays;
  return head;
}

void give_back_share(Block* block) {
  Heap& all = heap();
  const std::lock_guard lock(all.mutex);
  if (--block->arrays > 0) return;
  if (block == all.open) {
    block->used = sizeof(Head);
  } else {
    std::free(block);
  }
}

}  // namespace

void* allocate_on_huge_pages(void*, std::size_t bytes) {
  const std::size_t whole = (bytes + sizeof(Head) + sizeof(Head) - 1) / sizeof(Head) * sizeof(Head);
  if (whole >= kSmall && whole < kLarge) {
    Head* const head = take_share(whole);
    return head == nullptr ? nullptr : head + 1;
  }
  void* memory = nullptr;
  if (whole < kSmall) {
    if (posix_memalign(&memory, alignof(Head), whole) != 0) return nullptr;
  } else {
    // An array that fills most of its last page takes the rest too, or it would get small ones there.
    const std::size_t rest = whole % kHugePage;
    memory = take_pages(rest >= kLarge ? whole - rest + kHugePage : whole);
    if (memory == nullptr) return nullptr;
  }
  return new (memory) Head{memory, nullptr} + 1;
}

void free_huge_pages(void*, void* array) {
  if (array == nullptr) return;
  Head* const head = static_cast<Head*>(array) - 1;
  if (head->block != nullptr) return give_back_share(head->block);
  std::free(head->memory);
}

}  // namespace sonde::kernels
