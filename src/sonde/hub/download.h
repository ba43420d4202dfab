// Fetches one blob into the cache: goes on from what earlier attempts left, checks length and digest, then
// gives it its name. Knows nothing of what the bytes mean.
#pragma once

#include <string>

#include "sonde/hub/cache.h"
#include "sonde/hub/client.h"

namespace sonde::hub {

/// One file to fetch.
struct Download {
  Repository repository;
  std::string commit;
  std::string name;  ///< in the repository
  FileMetadata metadata;
};

/// Fetch a file's blob, if the cache does not have it, and give the bytes that came from the hub. Reports
/// progress in bytes to the running stage.
/// Errors: network when the hub refuses, keeps failing, or sends other bytes than it announced; limit on a
/// full disk; partial when cancelled. Whole or not at all; what came so far is kept for a later attempt.
std::int64_t download_blob(Client& client, const RepositoryCache& cache, const Download& download);

}  // namespace sonde::hub
