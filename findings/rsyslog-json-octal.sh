#!/bin/sh
# rsyslog 8.2302: a newline in a message is "#012" in its JSON too, not the "\n" that JSON has for it. The message is changed when it is
# received (parser.escapeControlCharactersOnReceive, on by default), before any template; a property written with format="jsonf" gets
# the changed text, in which nothing tells "#012" that was a newline from "#012" that somebody wrote. Who reads such JSON as any other
# has a message of several lines as one.
#
# Seen: {"message":" anon 1#012file 2#011x #012"}, of a message with a newline, a tabulator, and "#012" written out.
# Exits with 0 as long as that is so, 1 when it has changed, 2 when the packages can't be had or nothing was written.
set -u
work=$(mktemp -d) || exit 2
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; rm -rf "$work"' EXIT
cd "$work" || exit 2
for package in rsyslog=8.2302.0-1+deb12u2 libestr0=0.1.11-1 libfastjson4=1.2304.0-1; do
    apt-get download -qq "$package" >/dev/null 2>&1 && dpkg-deb -x "${package%%=*}"_*.deb root || exit 2
done
cat >conf <<CONF
global(workDirectory="$work")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="$work/in")
template(name="json" type="list" option.jsonf="on") { property(outname="message" name="msg" format="jsonf") }
action(type="omfile" file="$work/out" template="json")
CONF
libraries=$(dirname "$(find root -name 'libestr.so.0' | head -n 1)")
LD_LIBRARY_PATH=$libraries root/usr/sbin/rsyslogd -n -f conf -i "$work/pid" -M "$(dirname "$(find root -name imuxsock.so)")" &
daemon=$!
python3 - "$work/in" <<'SEND'
import socket, sys, time
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
    for _ in range(100):
        try:
            sender.sendto(b"<13>Nov 28 04:01:13 app: anon 1\nfile 2\tx #012", sys.argv[1])
            break
        except OSError:
            time.sleep(0.1)
SEND
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -s out ] && break
    sleep 1
done
cat out || exit 2
[ "$(cat out)" = '{"message":" anon 1#012file 2#011x #012"}' ]
