# The umbrella Rust crate as one static library behind one C header, rust/sonde_shim.h.
# Only the rooms text, tables and report may link sonde_shim.
if(EXISTS ${PROJECT_SOURCE_DIR}/rust/Cargo.toml)
  find_program(CARGO cargo REQUIRED HINTS $ENV{HOME}/.cargo/bin)
  set(shim_archive ${PROJECT_SOURCE_DIR}/rust/target/release/libsonde_shim.a)
  file(GLOB_RECURSE shim_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rust/src/*.rs)
  # Cargo leaves an archive that is up to date alone; touching it keeps Ninja from asking again.
  add_custom_command(
    OUTPUT ${shim_archive}
    COMMAND ${CARGO} build --release --locked --manifest-path ${PROJECT_SOURCE_DIR}/rust/Cargo.toml
    COMMAND ${CMAKE_COMMAND} -E touch ${shim_archive}
    DEPENDS ${shim_sources} ${PROJECT_SOURCE_DIR}/rust/Cargo.toml ${PROJECT_SOURCE_DIR}/rust/Cargo.lock
    USES_TERMINAL COMMENT "Building the Rust shim")
  add_custom_target(sonde_shim_build DEPENDS ${shim_archive})
  add_library(sonde_shim INTERFACE)
  add_dependencies(sonde_shim sonde_shim_build)
  target_include_directories(sonde_shim INTERFACE ${PROJECT_SOURCE_DIR}/rust)
  target_link_libraries(sonde_shim INTERFACE ${shim_archive} Threads::Threads ${CMAKE_DL_LIBS} m)
endif()
