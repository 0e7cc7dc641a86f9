#!/bin/sh
# The first process of the cluster, in new mount, network and PID namespaces. $1 is target/cluster, which all programs
# see as /run/cluster: so their configurations do not depend on where the repository is, and paths of sockets are short.
set -eu
directory=$1

# This is still the outer /proc, so these are our process id outside and our start time.
read -r stat </proc/self/stat
echo "$stat" >"$directory/up/init"

# From here on, mounts do not affect the machine. Shared, since kubelet propagates some to the pods.
mount --make-rshared /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/cluster
mount --bind "$directory" /run/cluster
# Programs write to these, whatever their configuration.
for place in /tmp /var/lib /var/log; do
    mount -t tmpfs tmpfs "$place"
done

# kubelet requires these values, which apply to the whole machine. It finds them here, and sets nothing.
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

# The node's address is on a bridge without ports. There is no way out, hence no default route. Addresses of Services
# need some route before kube-proxy can translate them to those of pods.
ip link set lo up
ip link add node type bridge
ip address add 10.243.0.1/24 dev node
ip link set node up
ip route add 10.96.0.0/16 dev node

# Once the process has this name, it is ready. When it ends, so does everything in its namespaces.
exec /run/cluster/bin/pause
