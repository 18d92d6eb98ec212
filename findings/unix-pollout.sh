#!/bin/sh
# AF_UNIX in Linux 6.18: poll() says that a socket can be written to only while what its receiver has not read fills at most a quarter of the
# send buffer; a send() goes on to be taken until all of it is full. poll(2) has of POLLOUT that writing is now possible, and that a
# write larger than the available space will block; that three quarters of the space count as none is said nowhere. A sender that
# fills the buffer and then waits for POLLOUT (or an edge of EPOLLOUT) hears of nothing while its receiver reads the first three
# quarters. Who wants to hear of every read must not have more than a quarter on its way.
#
# Seen: writable up to 25 of 100 percent; send() was taken up to 100 percent; after reading down to 50 percent: writable no; to 20: yes
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
import select
import socket
import struct

SIOCOUTQ = 0x5411
MESSAGE = bytes(1000)

sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 100000)
size = sender.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
poll = select.poll()
poll.register(sender, select.POLLOUT)


def percent():
    return round(100 * struct.unpack("i", fcntl.ioctl(sender, SIOCOUTQ, struct.pack("i", 0)))[0] / size)


def is_writable():
    return bool(poll.poll(0))


def read_down_to(wanted):
    while percent() > wanted:
        receiver.recv(len(MESSAGE))


while is_writable():
    sender.send(MESSAGE, socket.MSG_DONTWAIT)
print("writable up to", percent(), "of 100 percent", end="; ")
try:
    while True:
        sender.send(MESSAGE, socket.MSG_DONTWAIT)
except BlockingIOError:
    print("send() was taken up to", percent(), "percent", end="; ")
read_down_to(50)
print("after reading down to 50 percent: writable", "yes" if is_writable() else "no", end="; ")
read_down_to(20)
print("to 20:", "yes" if is_writable() else "no")
ASK
cat out
[ "$(cat out)" = 'writable up to 25 of 100 percent; send() was taken up to 100 percent; after reading down to 50 percent: writable no; to 20: yes' ]
