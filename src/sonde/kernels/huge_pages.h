// Memory on huge pages, for arrays that outgrow what a processor remembers of small ones: the weights of a
// model, read again for every tile of rows, multiply at twice the speed from there.
#pragma once

#include <cstddef>

namespace sonde::kernels {

/// Give memory as hwy::AllocPtr does; any thread may. Large arrays get pages of their own, smaller ones
/// share, the smallest are malloc's. Null where the system has no more.
void* allocate_on_huge_pages(void* unused, std::size_t bytes);
/// Take such memory back, as hwy::FreePtr does.
void free_huge_pages(void* unused, void* memory);

}  // namespace sonde::kernels
