//! What a process finds around it, read once: this user's directories, and what Kubernetes puts into a pod.

use std::ffi::OsString;
use std::path::Path;

use super::xdg::Xdg;
use crate::process_user::ProcessUser;
use podcert::identity::token::{self, Claims};
use podcert::support::durable_file;
use podcert::support::secret::Secret;

/// Unparsed texts. A missing file counts as an empty one, except for the token.
pub(super) struct Ambient {
    pub(super) xdg: Xdg,
    /// What the service account token claims, or why that is not known.
    pub(super) claims: Result<Claims, String>,
    pub(super) hosts: String,
    pub(super) passwd: String,
    /// The UID of this process.
    pub(super) uid: Option<u32>,
    pub(super) resolv_conf: String,
    pub(super) hostname: String,
    pub(super) pod_ip: String,
    pub(super) pod_ips: String,
}

impl Ambient {
    pub(super) fn of_process() -> Self {
        Self {
            xdg: Xdg::from_environment(),
            claims: claims(Path::new(token::PATH)),
            hosts: text("/etc/hosts"),
            passwd: text("/etc/passwd"),
            uid: ProcessUser::current().map(|account| account.uid()),
            resolv_conf: text("/etc/resolv.conf"),
            hostname: variable("HOSTNAME"),
            pod_ip: variable("POD_IP"),
            pod_ips: variable("POD_IPS"),
        }
    }
}

fn claims(path: &Path) -> Result<Claims, String> {
    let about = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let (token, _) = durable_file::read(path).map_err(|error| about(&error))?;
    Claims::of(Secret::new(token).expose()).map_err(|error| about(&error))
}

fn text(path: &str) -> String {
    durable_file::read(Path::new(path)).map(|(text, _)| text).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "the door for variables that are not ours")]
fn variable(name: &str) -> String {
    std::env::var_os(name).map(OsString::into_string).and_then(Result::ok).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Ambient {
        /// Outside a pod, for a user whose home is `/home/me`.
        pub(in crate::settings) fn at_home() -> Self {
            Self {
                xdg: Xdg::new(Some("/home/me"), None),
                claims: Err("/no/token: No such file".to_owned()),
                hosts: String::new(),
                passwd: "app:x:105:105::/var/lib/app:/bin/sh\n".to_owned(),
                uid: Some(1000),
                resolv_conf: String::new(),
                hostname: String::new(),
                pod_ip: String::new(),
                pod_ips: String::new(),
            }
        }

        /// In the pod web-0 of a StatefulSet.
        pub(in crate::settings) fn in_pod() -> Self {
            let named = |name: &str, uid: &str| token::Named { name: name.to_owned(), uid: uid.to_owned() };
            let claims = Claims {
                namespace: "shop".to_owned(),
                pod: named("web-0", "u1"),
                serviceaccount: named("web", "u2"),
            };
            Self {
                claims: Ok(claims),
                hosts: "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n\
                        10.0.0.7\tweb-0.web.shop.svc.cluster.local\tweb-0\n"
                    .to_owned(),
                resolv_conf: "search shop.svc.cluster.local svc.cluster.local cluster.local\n".to_owned(),
                hostname: "web-0".to_owned(),
                ..Self::at_home()
            }
        }
    }

    #[test]
    fn a_missing_token_is_reported_with_its_path() {
        let error = claims(Path::new("/no/such/token")).unwrap_err();
        assert!(error.contains("/no/such/token") && error.contains("No such file"), "{error}");
    }
}
