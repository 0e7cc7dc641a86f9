//! What a cluster could leave behind on the machine, by name. Everything else belongs to other programs, which may
//! change it at any time.

use std::path::Path;

/// A line of `/proc/self/mounts`: what `namespaces.sh` and the cluster's programs mount, and anything in the cluster's
/// directory.
pub fn is_mount(line: &str, directory: &Path) -> bool {
    let mount_point = Path::new(line.split(' ').nth(1).unwrap_or_default());
    MOUNT_POINTS.iter().any(|place| mount_point == Path::new(place))
        || MOUNTS_BELOW.iter().any(|place| mount_point.starts_with(place))
        || mount_point.starts_with(directory)
}

/// A network device: the node's bridge, and what CNI plugins and kube-proxy make.
pub fn is_device(name: &str) -> bool {
    name == "node" || ["cni", "kube", "veth"].iter().any(|prefix| name.starts_with(prefix))
}

/// A route or a firewall rule: one that names our networks, our devices, or a program that makes rules.
pub fn is_rule(line: &str) -> bool {
    RULES.iter().any(|mark| line.contains(mark)) || line.split_whitespace().any(is_device)
}

/// A file or directory in one of [`FOLDERS`], hidden or not.
pub fn is_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    FILES.iter().any(|prefix| name.trim_start_matches('.').starts_with(prefix))
}

/// A cgroup at the top of a hierarchy: that of this checkout, or a default of kubelet or containerd. Clusters of other
/// checkouts may start and end meanwhile.
pub fn is_cgroup(path: &Path, ours: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name == ours || ["containerd", "k8s.io", "kube"].iter().any(|prefix| name.starts_with(prefix))
}

/// Where Kubernetes, containerd, CNI plugins and helm usually write.
pub const FOLDERS: [&str; 14] = [
    "/",
    "/etc",
    "/opt",
    "/root",
    "/root/.cache",
    "/root/.config",
    "/run",
    "/run/netns",
    "/tmp",
    "/usr/libexec",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
];

/// Settings of the whole machine that kubelet, kube-proxy, CNI plugins and containerd change. A directory includes
/// everything in it.
pub const SYSCTLS: [&str; 14] = [
    "/proc/sys/kernel/keys",
    "/proc/sys/kernel/panic",
    "/proc/sys/kernel/panic_on_oops",
    "/proc/sys/net/bridge",
    "/proc/sys/net/ipv4/conf/all",
    "/proc/sys/net/ipv4/conf/default",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/net/ipv4/vs",
    "/proc/sys/net/ipv6/conf/all",
    "/proc/sys/net/ipv6/conf/default",
    "/proc/sys/net/netfilter/nf_conntrack_max",
    "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/panic_on_oom",
];

const MOUNT_POINTS: [&str; 6] = ["/proc", "/run", "/run/netns", "/tmp", "/var/lib", "/var/log"];

const MOUNTS_BELOW: [&str; 8] = [
    "/proc/sys",
    "/run/cluster",
    "/run/containerd",
    "/run/netns",
    "/run/sysctl",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/kubelet",
];

const RULES: [&str; 7] = ["10.243.", "10.244.", "10.96.", "CNI-", "KUBE-", "cni_", "kube"];

const FILES: [&str; 11] = [
    "cluster",
    "cni",
    "containerd",
    "containers",
    "coredns",
    "default.etcd",
    "etcd",
    "helm",
    "kube",
    "pods",
    "runc",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cluster_could_leave_is_recognized() {
        let directory = Path::new("/src/target/cluster");
        for line in [
            "tmpfs /run/cluster tmpfs rw 0 0",
            "tmpfs /tmp tmpfs rw 0 0",
            "tmpfs /proc/sys/vm/overcommit_memory tmpfs rw 0 0",
            "overlay /run/containerd/io.containerd.runtime.v2.task/k8s.io/1/rootfs overlay rw 0 0",
            "nsfs /run/netns/cni-1 nsfs rw 0 0",
            "tmpfs /src/target/cluster/up/kubelet/pods/1 tmpfs rw 0 0",
        ] {
            assert!(is_mount(line, directory), "{line}");
        }
        for device in ["node", "veth0a1b2c3d", "kube-ipvs0"] {
            assert!(is_device(device), "{device}");
        }
        for rule in ["10.244.0.7 dev veth1 scope host", "table ip kube-proxy {", "chain KUBE-MARK-MASQ {"] {
            assert!(is_rule(rule), "{rule}");
        }
        for path in [
            "/var/lib/kubelet",
            "/root/.kube",
            "/etc/cni",
            "/run/netns/cni-1",
            "/tmp/helm-1",
            "/var/log/pods",
        ] {
            assert!(is_file(Path::new(path)), "{path}");
        }
        for name in ["podcert-tests-7", "kubepods", "k8s.io"] {
            assert!(is_cgroup(&Path::new("/sys/fs/cgroup").join(name), "podcert-tests-7"), "{name}");
        }
    }

    #[test]
    fn what_belongs_to_other_programs_is_not_counted() {
        let directory = Path::new("/src/target/cluster");
        for line in [
            "tmpfs /tmp/other/mnt tmpfs rw 0 0",
            "/dev/vdb /home ext4 rw 0 0",
            "tmpfs /other/target/cluster/up/kubelet/pods/1 tmpfs rw 0 0",
        ] {
            assert!(!is_mount(line, directory), "{line}");
        }
        for device in ["eth0", "lo", "tun0"] {
            assert!(!is_device(device), "{device}");
        }
        for rule in ["default via 192.168.0.1 dev eth0", "table inet filter {"] {
            assert!(!is_rule(rule), "{rule}");
        }
        for path in
            ["/tmp/scenario-a1b2c3", "/tmp/.tmpXYZ", "/root/.cache/pip", "/var/lib/apt", "/run/netns/vpn"]
        {
            assert!(!is_file(Path::new(path)), "{path}");
        }
        for name in ["podcert-tests-8", "user.slice"] {
            assert!(!is_cgroup(&Path::new("/sys/fs/cgroup").join(name), "podcert-tests-7"), "{name}");
        }
    }
}
