#!/bin/sh
# The first process of the cluster, in mount, network and PID namespaces of its own. $1 is target/cluster, which all
# programs see as /run/cluster: their configurations need not know where the repository lies, and sockets have short
# paths.
set -eu
directory=$1

# In the /proc of before, so this is our id outside, with the time we started.
read -r stat </proc/self/stat
echo "$stat" >"$directory/up/init"

# From here on nothing reaches the machine: these mounts are ours, though kubelet shares some with the pods.
mount --make-rshared /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/cluster
mount --bind "$directory" /run/cluster
# These are written to whatever one configures.
for place in /tmp /var/lib /var/log; do
    mount -t tmpfs tmpfs "$place"
done

# kubelet wants these values of the whole machine. It finds them, and sets nothing.
mkdir /run/sysctl
while read -r name value; do
    echo "$value" >"/run/sysctl/${name##*/}"
    mount --bind "/run/sysctl/${name##*/}" "/proc/sys/$name"
done <<EOF
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
EOF

# The node's address is on a bridge without ports. There is no way out, hence no default route; the services' addresses
# need a route to somewhere before kube-proxy can turn them into those of pods.
ip link set lo up
ip link add node type bridge
ip address add 10.243.0.1/24 dev node
ip link set node up
ip route add 10.96.0.0/16 dev node

# Named so, it is ready. When it ends, so does everything in its namespaces.
exec /run/cluster/bin/pause
