//! Values that the chart refuses, each with the message.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::helm::{CHART, Helm};

/// One for each refusal.
pub fn trials(helm: &Helm) -> Vec<Trial> {
    let refusals = CONTRADICTIONS.iter().chain(SCHEMA);
    let trial = |&(values, message): &(&'static str, &'static str)| {
        let helm = helm.clone();
        let name = format!("chart/helm_{}/refuses {values}", helm.version);
        Trial::test(name, move || refuses(&helm, values, message))
    };
    refusals.map(trial).collect()
}

/// Each refusal in a template has a row below with its whole message.
pub fn all_are_tested() -> Result<(), Failed> {
    let found = messages(Path::new(&format!("{CHART}/templates")))?;
    for message in &found {
        let is_tested = CONTRADICTIONS.iter().any(|(_, expected)| fits(message, expected));
        if !is_tested && !fits(message, IN_A_CLUSTER) {
            return Err(Failed::from(format!("no row has the message {message:?}; add one")));
        }
    }
    if found.is_empty() { Err(Failed::from("no refusal was found in the templates")) } else { Ok(()) }
}

fn refuses(helm: &Helm, values: &str, message: &str) -> Result<(), Failed> {
    match helm.template(&[&format!("--set={values}")]) {
        Ok(_) => Err(Failed::from(format!("{values} is not refused"))),
        Err(error) if error.lines().any(|line| line.ends_with(message)) => Ok(()),
        Err(error) => Err(Failed::from(format!("the refusal does not say {message:?}: {error}"))),
    }
}

/// The texts that templates in a directory fail with.
fn messages(directory: &Path) -> std::io::Result<Vec<String>> {
    let mut messages = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            messages.extend(self::messages(&path)?);
            continue;
        }
        let text = fs::read_to_string(path)?;
        for call in ["fail \"", "fail (printf \"", "required \""] {
            let literals = text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            messages.extend(literals.map(str::to_owned));
        }
    }
    Ok(messages)
}

/// Whether a message is what the format makes.
fn fits(format: &str, message: &str) -> bool {
    let mut rest = message;
    let pieces: Vec<_> = format.split("%s").collect();
    let begins = pieces.first().is_some_and(|first| message.starts_with(first));
    let ends = pieces.last().is_some_and(|last| message.ends_with(last));
    begins
        && ends
        && pieces.iter().all(|piece| match rest.split_once(piece) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
}

/// Values refused by templates, where all others are those of `ci/default-values.yaml`, with the whole message.
const CONTRADICTIONS: &[(&str, &str)] = &[
    ("image.tag=", "image.tag: set it, or set image.digest"),
    (
        "kind=Deployment,host=fqdn",
        "host: fqdn needs kind: StatefulSet, because pods of a Deployment do not have DNS names of their own; leave host \
         empty",
    ),
    ("issuer=", NO_ISSUER),
    ("issuer=null", NO_ISSUER),
    (
        "issuerRef.name=other",
        "issuer: ca differs from issuerRef, which is Issuer/other; set only one of them",
    ),
    (
        "issuer=ClusterIssuer/ca,issuerRef.name=ca",
        "issuer: ClusterIssuer/ca differs from issuerRef, which is Issuer/ca; set only one of them",
    ),
    (
        "issuer=ca,issuerRef.name=ca,issuerRef.group=example.com",
        "issuer: ca differs from issuerRef, which is Issuer.example.com/ca; set only one of them",
    ),
    ("issuer=,issuerRef.kind=ClusterIssuer", NO_NAME),
    ("issuerRef.group=example.com", NO_NAME),
    (
        "serviceAccount.create=false",
        "serviceAccount.name: set it to an existing service account, or set serviceAccount.create to true",
    ),
    (
        "cookie.existingSecret=",
        "cookie.existingSecret: set it to a Secret that holds the cookie. Helm cannot reach the cluster (helm template, a \
         client-side dry run, Argo CD), so the chart cannot keep a cookie that it generates",
    ),
    (
        "env.BEAM_MTLS_COOKIE=secret",
        "env: BEAM_MTLS_COOKIE would put the cookie into the pod's specification; put it into a Secret and set \
         cookie.existingSecret",
    ),
    (
        "env.ERL_ZFLAGS=-noshell",
        "env: the chart sets ERL_ZFLAGS, which consoles need and which keeps Erlang from starting without beam-mtls; put \
         your flags into ERL_FLAGS",
    ),
    ("env.POD_IP=10.0.0.1", "env: the chart sets POD_IP from the pod; remove it"),
    ("env.POD_IPS=10.0.0.1", "env: the chart sets POD_IPS from the pod; remove it"),
    ("env.POD_NAME=app-0", "env: the chart sets POD_NAME from the pod; remove it"),
    ("env.POD_NAMESPACE=app", "env: the chart sets POD_NAMESPACE from the pod; remove it"),
    (
        "extraEnv[0].name=POD_IP",
        "extraEnv: POD_IP is already set; change it in env, or with the value that it comes from",
    ),
    (
        "extraEnv[0].name=PODCERT_ISSUER",
        "extraEnv: PODCERT_ISSUER is already set; change it in env, or with the value that it comes from",
    ),
    (
        "extraEnv[0].name=BEAM_MTLS_NAME",
        "extraEnv: BEAM_MTLS_NAME is already set; change it in env, or with the value that it comes from",
    ),
    (
        "extraEnv[0].name=HOME",
        "extraEnv: HOME is already set; change it in env, or with the value that it comes from",
    ),
];

/// Values refused by values.schema.json: names, types, choices and patterns.
const SCHEMA: &[(&str, &str)] = &[
    ("replica=3", "at '': additional properties 'replica' not allowed"),
    ("image.name=a", "at '/image': additional properties 'name' not allowed"),
    ("cookie.value=a", "at '/cookie': additional properties 'value' not allowed"),
    ("issuerRef.nam=a", "at '/issuerRef': additional properties 'nam' not allowed"),
    ("trust.secret=a", "at '/trust': additional properties 'secret' not allowed"),
    ("initContainer.enable=true", "at '/initContainer': additional properties 'enable' not allowed"),
    ("serviceAccount.annotation=a", "at '/serviceAccount': additional properties 'annotation' not allowed"),
    ("rbac.rules=a", "at '/rbac': additional properties 'rules' not allowed"),
    (
        "podDisruptionBudget.minAvailable=1",
        "at '/podDisruptionBudget': additional properties 'minAvailable' not allowed",
    ),
    ("networkPolicy.to=a", "at '/networkPolicy': additional properties 'to' not allowed"),
    (
        "ports[0].name=http,ports[0].port=1,ports[0].x=1",
        "at '/ports/0': additional properties 'x' not allowed",
    ),
    ("image=null", "at '': missing property 'image'"),
    ("image.repository=null", "at '/image': missing property 'repository'"),
    ("image.repository=", "at '/image/repository': minLength: got 0, want 1"),
    ("kind=null", "at '': missing property 'kind'"),
    ("replicas=null", "at '': missing property 'replicas'"),
    ("basename=null", "at '': missing property 'basename'"),
    ("listen=null", "at '': missing property 'listen'"),
    ("peers=null", "at '': missing property 'peers'"),
    ("cookie=null", "at '': missing property 'cookie'"),
    ("issuerRef=null", "at '': missing property 'issuerRef'"),
    ("ports[0].name=http", "at '/ports/0': missing property 'port'"),
    ("extraEnv[0].value=a", "at '/extraEnv/0': missing property 'name'"),
    ("kind=DaemonSet", "at '/kind': value must be one of 'StatefulSet', 'Deployment'"),
    ("host=name", "at '/host': value must be one of '', 'fqdn'"),
    (
        "keyAlgorithm=rsa",
        "at '/keyAlgorithm': value must be one of '', 'ecdsa-p256', 'ecdsa-p384', 'ed25519'",
    ),
    (
        "image.pullPolicy=Sometimes",
        "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'",
    ),
    ("replicas=two", "at '/replicas': got string, want integer"),
    ("replicas=-1", "at '/replicas': minimum: got -1, want 0"),
    ("listen=0", "at '/listen': minimum: got 0, want 1"),
    ("listen=65536", "at '/listen': maximum: got 65,536, want 65,535"),
    ("terminationGracePeriodSeconds=-1", "at '/terminationGracePeriodSeconds': minimum: got -1, want 0"),
    ("ports[0].name=http,ports[0].port=0", "at '/ports/0/port': minimum: got 0, want 1"),
    (
        "ports[0].name=sixteenletterss,ports[0].port=65536",
        "at '/ports/0/port': maximum: got 65,536, want 65,535",
    ),
    ("ports[0].name=sixteen-letters-,ports[0].port=1", "at '/ports/0/name': maxLength: got 16, want 15"),
    ("peers=", "at '/peers': minLength: got 0, want 1"),
    ("tmpSize=", "at '/tmpSize': minLength: got 0, want 1"),
    ("dnsNames[0]=", "at '/dnsNames/0': minLength: got 0, want 1"),
    ("ipAddresses[0]=", "at '/ipAddresses/0': minLength: got 0, want 1"),
    ("uris[0]=", "at '/uris/0': minLength: got 0, want 1"),
    ("command[0]=", "at '/command/0': minLength: got 0, want 1"),
    ("initContainer.command[0]=", "at '/initContainer/command/0': minLength: got 0, want 1"),
    ("initContainer.enabled=yes", "at '/initContainer/enabled': got string, want boolean"),
    ("args[0]=1", "at '/args/0': got number, want string"),
    ("env.A.b=c", "at '/env/A': got object, want boolean or number or string"),
    ("nodeSelector=a", "at '/nodeSelector': got string, want object"),
    ("tolerations[0]=a", "at '/tolerations/0': got string, want object"),
    (
        "podDisruptionBudget.maxUnavailable=true",
        "at '/podDisruptionBudget/maxUnavailable': got boolean, want integer or string",
    ),
    ("basename=a b", "at '/basename': 'a b' does not match pattern '^[A-Za-z0-9_-]+$'"),
    ("allowOtp[0]=new", "at '/allowOtp/0': 'new' does not match pattern '^[0-9]+$'"),
    (
        "image.digest=sha256:0",
        "at '/image/digest': 'sha256:0' does not match pattern '^(sha256:[0-9a-f]{64})?$'",
    ),
    ("cookie.key=a/b", "at '/cookie/key': 'a/b' does not match pattern '^[-._a-zA-Z0-9]+$'"),
    ("trust.key=a/b", "at '/trust/key': 'a/b' does not match pattern '^[-._a-zA-Z0-9]+$'"),
    ("deadline=1d", "at '/deadline': '1d' does not match pattern '^([0-9]+[hms])*$'"),
    ("deadline=1m30", "at '/deadline': '1m30' does not match pattern '^([0-9]+[hms])*$'"),
    ("duration=1w", "at '/duration': '1w' does not match pattern '^([0-9]+[dhms])*$'"),
    (
        "issuer=a/b/c",
        "at '/issuer': 'a/b/c' does not match pattern \
         '^(([A-Za-z]+([.][a-z0-9.-]+)?/)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$'",
    ),
    (
        "issuerRef.name=A",
        "at '/issuerRef/name': 'A' does not match pattern '^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$'",
    ),
    (
        "issuerRef.kind=issuer",
        "at '/issuerRef/kind': 'issuer' does not match pattern '^([A-Z][A-Za-z0-9]*)?$'",
    ),
    (
        "issuerRef.group=a/b",
        "at '/issuerRef/group': 'a/b' does not match pattern '^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$'",
    ),
];

/// Refused only because of what Helm finds in a cluster: the scenario `chart/cookie` shows it.
const IN_A_CLUSTER: &str = "cookie: the Secret app-clustered-app-cookie does not exist or does not have the key cookie, and \
     a new cookie would split the cluster; restore the Secret, or set cookie.existingSecret";

const NO_ISSUER: &str =
    "issuer: set it to NAME of an Issuer, ClusterIssuer/NAME or KIND.GROUP/NAME, or set issuerRef.name";
const NO_NAME: &str = "issuerRef.name: set it to the name of the issuer; issuerRef.kind and issuerRef.group alone do not name an issuer";
