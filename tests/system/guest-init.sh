#!/bin/sh
# Runs inside the machine of the system tests, as vmrun.service, and hands its results back.
#
# /dev/vdb holds a tar of the files and, in it, the script .vmscript; what the script leaves in $OUT goes back as a tar
# on /dev/vdc. The script is shielded from the OOM killer (oom_score_adj -1000), so its children are: start victims
# with systemd-run or `choom -n 0 --`.
export OUT=/out FILES=/files
mkdir -p $OUT $FILES
tar -xf /dev/vdb -C $FILES
cd $FILES || exit 1
chmod +x .vmscript
./.vmscript >$OUT/script.log 2>&1 </dev/null
echo $? >$OUT/rc
tar -C $OUT -cf /dev/vdc .
sync
