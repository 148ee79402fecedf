#!/bin/bash
# The first process of a cluster's namespaces: when it ends, the kernel ends everything in them.
# $1: the cluster's home
set -eu
home=$1

# Pods' mounts must be seen in all mount namespaces below.
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock
# What the programs write at fixed places is written to memory, over what the machine has there.
for place in /var/lib /var/log /opt; do
  layer=/run/over$place
  mkdir -p "$layer/upper" "$layer/work"
  mount -t overlay overlay -o "lowerdir=$place,upperdir=$layer/upper,workdir=$layer/work" "$place"
done
mkdir "$home/memory"
mount -t tmpfs -o mode=755 tmpfs "$home/memory"
ip link set lo up
echo ready

# Reaps orphans meanwhile, as bash does at any SIGCHLD.
while read -r _; do :; done
