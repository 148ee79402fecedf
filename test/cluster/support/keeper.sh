#!/bin/bash
# Keeps the namespaces of one cluster. They end when our stdin does, so with the process that started us, however that ends;
# then what the kernel does not remove by itself is removed here.
# $1: the name of the cluster and its cgroup   $2: its home, made and removed here   $3: a command to run first in them
# Says `taken` if a cluster of that name is running, else, when the namespaces are ready, what $3 says.
set -u
name=$1 home=$2 init=$3

# Held as long as we or anything that inherits it is there.
exec 9>"/run/$name.lock"
flock -n 9 || { echo taken; exit 0; }

cgroups() { find /sys/fs/cgroup -depth -type d -path "*/$name*" 2>/dev/null; }

clean() {
  # The kernel lets go of a cgroup a little after its last process has ended.
  for _ in {1..100}; do
    left=$(cgroups)
    [ -z "$left" ] && break
    echo "$left" | xargs -r rmdir 2>/dev/null || sleep 0.05
  done
  # Nothing is mounted there but in namespaces that are gone.
  rm -rf --one-file-system "$home"
}

# The kubelet wants its cgroup to be there before it starts.
make_cgroups() {
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
      echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
    done
    mkdir "/sys/fs/cgroup/$name"
    return
  fi
  for controller in cpu cpuacct cpuset memory devices freezer blkio pids systemd unified hugetlb; do
    [ -d "/sys/fs/cgroup/$controller" ] && mkdir -p "/sys/fs/cgroup/$controller/$name"
  done
  for file in cpuset.cpus cpuset.mems; do
    cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/$name/$file"
  done
}

clean # what a killed run may have left
mkdir -p "$home"
make_cgroups
unshare --mount --net --pid --fork --kill-child --mount-proc bash "$init" "$home"
clean
