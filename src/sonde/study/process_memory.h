// The memory of this process as the system counts it.
#pragma once

namespace sonde::study {

/// Give the most memory this process has held. Units: 1e6 bytes.
double peak_memory_mb();

/// Give back to the system what was freed and the allocator keeps. For the end of a stage that leaves much
/// behind: memory asked for again costs a page fault per page.
void return_freed_memory();

}  // namespace sonde::study
