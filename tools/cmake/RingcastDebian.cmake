# The Debian package, made by `cpack` in the build directory of the preset `package` (tools/package).
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  return()
endif()

# --- Documents that only a package needs ---

set(RINGCAST_PACKAGE_VERSION ${PROJECT_VERSION})
configure_file(tools/debian/changelog.in ${CMAKE_BINARY_DIR}/changelog @ONLY)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/changelog.gz
  COMMAND ${GZIP_PROGRAM} -9nkf ${CMAKE_BINARY_DIR}/changelog
  DEPENDS ${CMAKE_BINARY_DIR}/changelog
  VERBATIM)
add_custom_target(packed_changelog ALL DEPENDS ${CMAKE_BINARY_DIR}/changelog.gz)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz tools/debian/copyright
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Notices of the libraries whose code is compiled in, as their own packages state them.
foreach(library libcli11-dev libfmt-dev libreaderwriterqueue-dev libspdlog-dev libtomlplusplus-dev
                node-llhttp rapidjson-dev)
  if(EXISTS /usr/share/doc/${library}/copyright)
    install(FILES /usr/share/doc/${library}/copyright RENAME ${library}.copyright
            DESTINATION ${CMAKE_INSTALL_DOCDIR}/third-party)
  else()
    message(WARNING "/usr/share/doc/${library}/copyright is missing: a package must hold it")
  endif()
endforeach()

# --- The package's fields ---

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ringcast)
set(CPACK_PACKAGE_VERSION ${RINGCAST_PACKAGE_VERSION})
set(CPACK_PACKAGE_CONTACT "Ringcast developers <ringcast@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Ringcast holds very many Server-Sent Events connections over io_uring and
pushes published events to them. Events are ordered once, encoded once and
kept for a while, so that clients that reconnect get what they missed.
.
The package holds the daemon with its systemd service, commands to publish
and follow events, a load generator, and libraries for programs that publish,
in C++, Node and Python.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
# Libraries are found in the program; sysusers makes the account.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "init-system-helpers (>= 1.54~), systemd | systemd-standalone-sysusers | systemd-sysusers")

file(WRITE ${CMAKE_BINARY_DIR}/conffiles "/etc/ringcast/ringcast.toml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_BINARY_DIR}/conffiles
    ${CMAKE_SOURCE_DIR}/tools/debian/postinst
    ${CMAKE_SOURCE_DIR}/tools/debian/prerm
    ${CMAKE_SOURCE_DIR}/tools/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# Files land in places outside the prefix too (/etc, /lib), below a directory of cpack's own.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_OUTPUT_FILE_PREFIX ${CMAKE_BINARY_DIR})
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
