//! The programs of the cluster, with their arguments. All paths are those in the namespaces.

/// The control plane, in the order in which it is started.
pub const CONTROL_PLANE: [(&str, &[&str]); 4] = [
    ("etcd", &ETCD),
    ("kube-apiserver", &API_SERVER),
    ("kube-controller-manager", &CONTROLLER_MANAGER),
    ("kube-scheduler", &SCHEDULER),
];

/// Runs containers; kubelet depends on it.
pub const CONTAINERD: (&str, &[&str]) = ("containerd", &["--config=/run/cluster/up/config/containerd.toml"]);

/// Makes the machine a node. Its cgroup is passed as well.
pub const KUBELET: (&str, &[&str]) = ("kubelet", &KUBELET_ARGUMENTS);

/// Translates the addresses of Services to those of pods.
pub const PROXY: (&str, &[&str]) = ("kube-proxy", &["--config=/run/cluster/up/config/kube-proxy.yaml"]);

const ETCD: [&str; 9] = [
    "--data-dir=/run/cluster/up/etcd",
    "--listen-client-urls=http://127.0.0.1:2379",
    "--advertise-client-urls=http://127.0.0.1:2379",
    "--listen-peer-urls=http://127.0.0.1:2380",
    "--initial-advertise-peer-urls=http://127.0.0.1:2380",
    "--initial-cluster=default=http://127.0.0.1:2380",
    // Tests need no durability, and the cluster starts sooner.
    "--unsafe-no-fsync",
    "--listen-metrics-urls=http://127.0.0.1:2381",
    "--log-level=warn",
];

const API_SERVER: [&str; 23] = [
    "--etcd-servers=http://127.0.0.1:2379",
    "--advertise-address=10.243.0.1",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    "--client-ca-file=/run/cluster/up/pki/ca.crt",
    "--tls-cert-file=/run/cluster/up/pki/kube-apiserver.crt",
    "--tls-private-key-file=/run/cluster/up/pki/kube-apiserver.key",
    "--kubelet-certificate-authority=/run/cluster/up/pki/ca.crt",
    "--kubelet-client-certificate=/run/cluster/up/pki/kubelet-client.crt",
    "--kubelet-client-key=/run/cluster/up/pki/kubelet-client.key",
    // Otherwise it resolves the node's name.
    "--kubelet-preferred-address-types=InternalIP",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "--service-account-key-file=/run/cluster/up/pki/service-accounts.pub",
    "--service-account-signing-key-file=/run/cluster/up/pki/service-accounts.key",
    "--requestheader-client-ca-file=/run/cluster/up/pki/ca.crt",
    // The CA signs other clients too, which must not act as the front proxy.
    "--requestheader-allowed-names=front-proxy",
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--proxy-client-cert-file=/run/cluster/up/pki/front-proxy.crt",
    "--proxy-client-key-file=/run/cluster/up/pki/front-proxy.key",
];

const CONTROLLER_MANAGER: [&str; 8] = [
    "--kubeconfig=/run/cluster/up/pki/kube-controller-manager.kubeconfig",
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    "--use-service-account-credentials=true",
    "--root-ca-file=/run/cluster/up/pki/ca.crt",
    "--service-account-private-key-file=/run/cluster/up/pki/service-accounts.key",
    "--cluster-signing-cert-file=/run/cluster/up/pki/ca.crt",
    "--cluster-signing-key-file=/run/cluster/up/pki/ca.key",
];

const SCHEDULER: [&str; 3] = [
    "--kubeconfig=/run/cluster/up/pki/kube-scheduler.kubeconfig",
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
];

const KUBELET_ARGUMENTS: [&str; 5] = [
    "--config=/run/cluster/up/config/kubelet.yaml",
    "--kubeconfig=/run/cluster/up/pki/kubelet.kubeconfig",
    "--root-dir=/run/cluster/up/kubelet",
    "--hostname-override=podcert",
    "--node-ip=10.243.0.1",
];
