//! What the pod's service account token says about the pod. It is not verified here: the API server verifies it when it is
//! used, and refuses requests with a forged one.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Where Kubernetes mounts the token, unless the pod opts out.
pub const PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The claims that Kubernetes adds, as unparsed text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod that the token is bound to.
    pub pod: Named,
    /// The service account.
    pub serviceaccount: Named,
}

/// An object's name and UID.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

impl Claims {
    /// The claims of a token.
    pub fn of(token: &str) -> Result<Self, Error> {
        let mut parts = token.trim().split('.');
        let (Some(_), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::Shape);
        };
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| Error::Shape)?;
        let payload: Payload = serde_json::from_slice(&payload).map_err(|_| Error::Unbound)?;
        Ok(payload.claims)
    }
}

/// Why a token does not identify a pod. It has no source, which could contain parts of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It does not have the form of a token.
    #[error("it is not a JSON web token")]
    Shape,
    /// It is a different kind of token, for instance from a Secret.
    #[error("it is not bound to a pod; use the token that Kubernetes mounts into the pod")]
    Unbound,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "kubernetes.io")]
    claims: Claims,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn a_bound_token_identifies_the_pod() {
        let payload = r#"{"aud":["https://kubernetes.default.svc"],"exp":1798671600,"kubernetes.io":{
            "namespace":"shop","node":{"name":"n1","uid":"u0"},"pod":{"name":"web-0","uid":"u1"},
            "serviceaccount":{"name":"web","uid":"u2"},"warnafter":1767139207},
            "sub":"system:serviceaccount:shop:web"}"#;
        let named = |name: &str, uid: &str| Named { name: name.to_owned(), uid: uid.to_owned() };
        let claims = Claims {
            namespace: "shop".to_owned(),
            pod: named("web-0", "u1"),
            serviceaccount: named("web", "u2"),
        };
        assert_eq!(Claims::of(&token(payload)), Ok(claims.clone()));
        assert_eq!(Claims::of(&(token(payload) + "\n")), Ok(claims));
    }

    #[test]
    fn a_token_without_a_pod_is_refused() {
        for payload in [
            r#"{"kubernetes.io/serviceaccount/namespace":"shop"}"#,
            r#"{"kubernetes.io":{"namespace":"shop","serviceaccount":{"name":"web","uid":"u2"}}}"#,
            "nonsense",
        ] {
            assert_eq!(Claims::of(&token(payload)), Err(Error::Unbound));
        }
        for text in ["", "a.b", "a.b.c.d", "a.!.c", &"e30.e30".repeat(3)] {
            assert_eq!(Claims::of(text), Err(Error::Shape));
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}", payload in "\\PC{0,40}") {
            let _ = Claims::of(&text);
            let _ = Claims::of(&token(&payload));
        }
    }
}
