#include "sonde/tables/digest.h"

#include "sonde_shim_cpp.h"

namespace sonde::tables {

std::string sha256_file(const std::string& path) {
  shim::Bytes digest;
  shim::Failure failure;
  if (sonde_sha256_file(shim::view(path), digest.out(), failure.out()) != SONDE_OK) {
    failure.raise({.where = path, .path = path});
  }
  return std::string(digest.text());
}

std::string sha256(std::string_view bytes) {
  shim::Bytes digest;
  shim::Failure failure;
  if (sonde_sha256_bytes(shim::view(bytes), digest.out(), failure.out()) != SONDE_OK) failure.raise({});
  return std::string(digest.text());
}

}  // namespace sonde::tables
