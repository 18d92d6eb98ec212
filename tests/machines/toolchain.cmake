# Builds for another machine: MACHINE_TRIPLET's compiler, against the libraries in MACHINE_ROOT (root.sh). The programs run where
# they were built, natively or by qemu-user: they look for their libraries there.
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR ${MACHINE_TRIPLET})
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MACHINE_ROOT MACHINE_TRIPLET MACHINE_LOADER)
set(CMAKE_C_COMPILER ${MACHINE_TRIPLET}-gcc)
set(CMAKE_SYSROOT ${MACHINE_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

string(REPLACE "i686" "i386" library_directory ${MACHINE_TRIPLET}) # Debian's name for it
set(ENV{PKG_CONFIG_LIBDIR} ${MACHINE_ROOT}/usr/lib/${library_directory}/pkgconfig:${MACHINE_ROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${MACHINE_ROOT})

# As RPATH, for the libraries of libraries too. Debian's libraries of the other machine don't have the sanitizers'.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static-libasan -static-libubsan -Wl,--dynamic-linker=${MACHINE_ROOT}${MACHINE_LOADER} -Wl,--disable-new-dtags,-rpath=${MACHINE_ROOT}/lib/${library_directory}:${MACHINE_ROOT}/usr/lib/${library_directory}")
