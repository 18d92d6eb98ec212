#!/bin/sh
# AF_UNIX in Linux 6.18: SIOCOUTQ, by which a sender may ask what its receiver has not read yet, counts buffers and not bytes, and knows
# nothing once the receiver has closed. 1,000 bytes are 2,304; of a stream a buffer counts whole until its last byte was read, so that
# the number stays what it was after a part of it was read; and after a close() with data unread it is 0, as if all had been read: then
# only ECONNRESET from recv() says that something was not, and not how much. unix(7) has SIOCINQ alone. So what of a stream has arrived
# can be known only by asking before the end, and by comparing with sizes that are never smaller than the bytes.
#
# Seen: sent 2304, half read 2304, read 0, closed unread 0, then ECONNRESET
# Exits with 0 as long as that is so, 1 when it has changed, 2 when the packages can't be had.
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
version=3.11.2-6+deb12u9
for package in python3.11-minimal=$version libpython3.11-minimal=$version; do
    apt-get download -qq "$package" >/dev/null 2>&1 && dpkg-deb -x "${package%%=*}"_*.deb root || exit 2
done
PYTHONHOME=$work/root/usr root/usr/bin/python3.11 -S - >out <<'ASK' || exit 2
import fcntl
import socket
import struct

SIOCOUTQ = 0x5411


def unread(sender):
    return struct.unpack("i", fcntl.ioctl(sender, SIOCOUTQ, struct.pack("i", 0)))[0]


sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
sender.send(bytes(1000))
print("sent", unread(sender), end=", ")
receiver.recv(500)
print("half read", unread(sender), end=", ")
receiver.recv(500)
print("read", unread(sender), end=", ")
sender.send(bytes(1000))
receiver.close()
print("closed unread", unread(sender), end=", then ")
try:
    sender.recv(1)
except ConnectionResetError:
    print("ECONNRESET")
ASK
cat out
[ "$(cat out)" = 'sent 2304, half read 2304, read 0, closed unread 0, then ECONNRESET' ]
