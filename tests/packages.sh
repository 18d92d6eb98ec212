# shellcheck shell=sh
# tests/packages.sh: the Debian packages that each purpose needs, and how they are installed. To be sourced.
#
# shellcheck disable=SC2034  # the lists are for those who source this

packages_build="gcc libc6-dev cmake ninja-build pkg-config libsystemd-dev libevent-dev libjson-c-dev libconfuse-dev
    libcurl4-openssl-dev libarchive-dev zlib1g-dev"
# Optional, and Debian has it for this architecture.
[ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ] || packages_build="$packages_build libisal-dev"
packages_test="check python3 python3-jsonschema openssl universal-ctags systemd procps util-linux
    systemd-journal-remote gzip bzip2 xz-utils zstd lz4 chromium fonts-dejavu-core nodejs"
# npm is in other distributors' nodejs, beside which Debian's package of it can't be installed.
command -v npm >/dev/null 2>&1 || packages_test="$packages_test npm"
packages_bench="ripgrep gzip"
packages_system="qemu-system-x86 mmdebstrap e2fsprogs openssl debian-archive-keyring python3 python3-jsonschema"
packages_machines="mmdebstrap debian-archive-keyring qemu-user-static gcc-i686-linux-gnu gcc-s390x-linux-gnu
    gcc-arm-linux-gnueabihf libc6-dev-i386-cross libc6-dev-s390x-cross libc6-dev-armhf-cross"
packages_ci="clang clang-tidy clang-format libclang-rt-dev llvm cppcheck valgrind shellcheck"

# install_packages PACKAGE...: installs those that are missing. Returns 1, having said what is missing, where it can't:
# without root, or on another distribution. A build may still work then: the tools may have come another way.
install_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
        echo "not Debian: these must be there, by whatever names: $*" >&2
        return 1
    fi
    missing=
    for package; do
        case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true) in
        installed*) ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        echo "not installed, and only root can: apt-get install$missing" >&2
        return 1
    fi
    echo "installing:$missing" >&2
    # shellcheck disable=SC2086  # a list
    (
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -qq -y --no-install-recommends $missing </dev/null >&2 2>/dev/null ||
            { apt-get update -qq >&2 && apt-get install -qq -y --no-install-recommends $missing </dev/null >&2; }
    )
}
