# What is installed, and where. With the prefix /usr these are the places that Debian's packages use;
# tools/package makes such a package of it (RingcastDebian.cmake).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Debian 12 keeps units below /lib; another prefix keeps everything below itself.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(unit_root /lib/systemd)
else()
  set(unit_root ${CMAKE_INSTALL_PREFIX}/lib/systemd)
endif()
set(system_dir ${CMAKE_INSTALL_PREFIX}/lib)
set(example_dir ${CMAKE_INSTALL_DOCDIR}/examples)

install(TARGETS ringcast RUNTIME)
install(FILES systemd/ringcast.toml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/ringcast)

# --- systemd ---

file(GLOB units CONFIGURE_DEPENDS systemd/*.service systemd/*.socket)
install(FILES ${units} DESTINATION ${unit_root}/system)
foreach(kind_and_place
    "sysusers;${system_dir}/sysusers.d/ringcast.conf"
    "tmpfiles;${system_dir}/tmpfiles.d/ringcast.conf"
    "sysctl;${system_dir}/sysctl.d/50-ringcast.conf"
    "preset;${unit_root}/system-preset/50-ringcast.preset")
  list(POP_FRONT kind_and_place kind place)
  cmake_path(GET place PARENT_PATH folder)
  cmake_path(GET place FILENAME name)
  install(FILES systemd/ringcast.${kind} DESTINATION ${folder} RENAME ${name})
endforeach()

# --- Manual pages and completions, written by the build (src/manual) ---

find_program(GZIP_PROGRAM gzip REQUIRED)
set(pages)
foreach(page ringcast.1 ringcast.toml.5)
  string(REGEX MATCH "[0-9]$" section ${page})
  set(packed ${CMAKE_BINARY_DIR}/man/${page}.gz)
  # Without name and time, so that the same page makes the same file.
  add_custom_command(
    OUTPUT ${packed}
    COMMAND ${GZIP_PROGRAM} -9nkf ${CMAKE_BINARY_DIR}/man/${page}
    DEPENDS manual ${CMAKE_BINARY_DIR}/man/${page}
    VERBATIM)
  list(APPEND pages ${packed})
  install(FILES ${packed} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
add_custom_target(packed_manual ALL DEPENDS ${pages})

set(completion_dir ${CMAKE_BINARY_DIR}/completion)
install(FILES ${completion_dir}/ringcast.bash RENAME ringcast
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completion_dir}/ringcast.zsh RENAME _ringcast
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${completion_dir}/ringcast.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# --- Documentation and examples ---

install(FILES systemd/README.md RENAME operations.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
foreach(folder monitoring proxy)
  file(GLOB examples CONFIGURE_DEPENDS systemd/${folder}/*)
  install(FILES ${examples} DESTINATION ${example_dir}/${folder})
endforeach()

# --- For programs that publish ---

install(FILES include/ringcast/publish.h include/ringcast/publisher.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ringcast)
install(TARGETS ringcast_publisher EXPORT ringcast ARCHIVE)
install(FILES tools/python/ringcast.py DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/python3/dist-packages)
# `require` finds it there with Debian's Node; `npm install` takes it from there for `import`.
set(node_dir ${CMAKE_INSTALL_DATADIR}/nodejs/ringcast)
foreach(file index.cjs index.d.cts index.d.ts index.js package.json)
  install(FILES tools/node/${file} DESTINATION ${node_dir})
endforeach()
install(DIRECTORY tools/node/lib DESTINATION ${node_dir})
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ringcast)
# The export is the whole package: it needs no other one.
install(EXPORT ringcast NAMESPACE ringcast:: FILE ringcast-config.cmake DESTINATION ${cmake_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ringcast-config-version.cmake
  COMPATIBILITY SameMinorVersion)
configure_file(${CMAKE_CURRENT_LIST_DIR}/ringcast.pc.in ${CMAKE_BINARY_DIR}/ringcast.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/ringcast-config-version.cmake DESTINATION ${cmake_dir})
install(FILES ${CMAKE_BINARY_DIR}/ringcast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
