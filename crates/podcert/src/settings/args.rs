//! Flags and variables as typed, and what they mean.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use super::places::Places;
use super::{Faults, Settings, Source, duration};
use crate::identity::Identity;
use crate::key::KeyAlgorithm;

/// The settings as typed. Nothing is checked yet, so that all faults can be told at once.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Where the certificate comes from: "local" is a CA on this machine, for development
    #[arg(
        long,
        env = "PODCERT_SOURCE",
        hide_env_values = true,
        default_value = "auto",
        hide_default_value = true
    )]
    source: String,

    /// Absolute path of the directory that the certificate is published in
    #[arg(long, env = "PODCERT_DIRECTORY", hide_env_values = true, default_value = "/run/podcert")]
    directory: String,

    /// Host names to be certified in addition to those found, separated by commas
    #[arg(
        long,
        env = "PODCERT_DNS_NAMES",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    dns_names: String,

    /// IP addresses to be certified in addition, separated by commas
    #[arg(
        long,
        env = "PODCERT_IP_ADDRESSES",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    ip_addresses: String,

    /// URIs to be certified in addition, separated by commas
    #[arg(long, env = "PODCERT_URIS", hide_env_values = true, default_value = "", hide_default_value = true)]
    uris: String,

    /// How long the certificate is valid: a number and s, m, h or d; at least a minute
    #[arg(long, env = "PODCERT_DURATION", hide_env_values = true, default_value = "24h")]
    duration: String,

    /// The kind of key: ecdsa-p256, ecdsa-p384 or ed25519
    #[arg(long, env = "PODCERT_KEY_ALGORITHM", hide_env_values = true, default_value_t = KeyAlgorithm::default().to_string())]
    key_algorithm: String,

    /// Obtain a new certificate even if there is a good one, or a damaged one
    #[arg(
        long, env = "PODCERT_RENEW", hide_env_values = true, value_name = "true|false", num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true", hide_default_value = true
    )]
    renew: String,
}

impl Args {
    /// The settings, unless something is wrong, which is then told in `faults`.
    pub fn into_settings(self, faults: &mut Faults) -> Option<Settings> {
        self.with_places(Places::from_environment(), faults)
    }

    fn with_places(self, places: Places, faults: &mut Faults) -> Option<Settings> {
        let source = source(&self.source, places, faults);
        let directory = directory(self.directory, faults);
        let dns_names = list("--dns-names (PODCERT_DNS_NAMES)", &self.dns_names, faults);
        let ip_addresses = list("--ip-addresses (PODCERT_IP_ADDRESSES)", &self.ip_addresses, faults);
        let uris = list("--uris (PODCERT_URIS)", &self.uris, faults);
        let duration = duration::parse(&self.duration)
            .map_err(|problem| faults.usage("--duration (PODCERT_DURATION)", problem));
        let key_algorithm = self.key_algorithm.parse().map_err(|problem: <KeyAlgorithm as FromStr>::Err| {
            faults.usage("--key-algorithm (PODCERT_KEY_ALGORITHM)", problem)
        });
        let renew = self.renew.parse().map_err(|_| {
            let problem = format!("{:?} is neither true nor false", self.renew);
            faults.usage("--renew (PODCERT_RENEW)", problem);
        });
        let additional = Identity {
            dns_names: dns_names?.into_iter().collect(),
            ip_addresses: ip_addresses?.into_iter().collect(),
            uris: uris?.into_iter().collect(),
        };
        Some(Settings {
            source: source?,
            directory: directory?,
            additional,
            duration: duration.ok()?,
            key_algorithm: key_algorithm.ok()?,
            renew: renew.ok()?,
        })
    }
}

fn source(text: &str, places: Places, faults: &mut Faults) -> Option<Source> {
    let setting = "--source (PODCERT_SOURCE)";
    match text {
        "local" => {
            let state_directory = places.state_directory();
            if state_directory.is_none() {
                faults.conflict(
                    setting,
                    "the local CA has no place: set XDG_STATE_HOME or HOME to an absolute path",
                );
            }
            state_directory.map(|state_directory| Source::Local { state_directory })
        }
        "" | "auto" => {
            faults.conflict(
                setting,
                "no source of certificates was chosen; for development use --source local",
            );
            None
        }
        other => {
            faults.usage(setting, format!("{other:?} is not a source; use local"));
            None
        }
    }
}

/// Other programs are told this path, and they may run elsewhere: hence absolute.
fn directory(text: String, faults: &mut Faults) -> Option<PathBuf> {
    let path = PathBuf::from(&text);
    if path.is_absolute() {
        return Some(path);
    }
    faults.usage("--directory (PODCERT_DIRECTORY)", format!("{text:?} is not an absolute path"));
    None
}

/// Every item that does not parse is told.
fn list<T: FromStr<Err: Display>>(setting: &str, text: &str, faults: &mut Faults) -> Option<Vec<T>> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let mut parsed = Vec::new();
    let mut complete = true;
    for item in items {
        match item.parse() {
            Ok(item) => parsed.push(item),
            Err(error) => {
                faults.usage(setting, format!("{item:?}: {error}"));
                complete = false;
            }
        }
    }
    complete.then_some(parsed)
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches};

    use super::*;
    use crate::exit::ExitClass;
    use crate::settings::known_variables;

    /// What these flags mean for a user whose home is `/home/me`.
    fn settings(flags: &[&str]) -> (Option<Settings>, Faults) {
        let command = Args::augment_args(clap::Command::new("test"));
        let matches = command.try_get_matches_from([&["test"], flags].concat()).unwrap();
        let mut faults = Faults::default();
        let places = Places::new(Some("/home/me"), None);
        let settings = Args::from_arg_matches(&matches).unwrap().with_places(places, &mut faults);
        assert_eq!(settings.is_none(), !faults.is_empty());
        (settings, faults)
    }

    #[test]
    fn only_the_source_has_to_be_told() {
        let settings = settings(&["--source", "local"]).0.unwrap();
        assert_eq!(
            settings.source,
            Source::Local { state_directory: "/home/me/.local/state/podcert".into() }
        );
        assert_eq!(settings.directory, PathBuf::from("/run/podcert"));
        assert_eq!(settings.duration.as_secs(), 24 * 60 * 60);
        assert_eq!(settings.key_algorithm, KeyAlgorithm::EcdsaP256);
        assert_eq!(settings.additional, Identity::default());
        assert!(!settings.renew);
    }

    #[test]
    fn every_setting_is_heard() {
        let settings = settings(&[
            "--source=local",
            "--directory=/tmp/certificates",
            "--dns-names=a, B.example,",
            "--ip-addresses=10.0.0.1,fd00::1",
            "--uris=spiffe://a/b",
            "--duration=90m",
            "--key-algorithm=ed25519",
            "--renew",
        ]);
        let settings = settings.0.unwrap();
        assert_eq!(settings.directory, PathBuf::from("/tmp/certificates"));
        assert_eq!(settings.additional.dns_names, ["a", "b.example"].map(|it| it.parse().unwrap()).into());
        assert_eq!(
            settings.additional.ip_addresses,
            ["10.0.0.1", "fd00::1"].map(|it| it.parse().unwrap()).into()
        );
        assert_eq!(settings.additional.uris, ["spiffe://a/b".parse().unwrap()].into());
        assert_eq!(settings.duration.as_secs(), 90 * 60);
        assert_eq!(settings.key_algorithm, KeyAlgorithm::Ed25519);
        assert!(settings.renew);
    }

    #[test]
    fn all_faults_are_told_at_once_with_flag_and_variable() {
        let (_, faults) = settings(&[
            "--source=vault",
            "--directory=certificates",
            "--dns-names=a_b,ok,*.c",
            "--ip-addresses=10.0.0",
            "--uris=nowhere",
            "--duration=5",
            "--key-algorithm=rsa",
            "--renew=maybe",
        ]);
        let text = faults.to_string();
        let lines: Vec<&str> = text.lines().collect();
        let settings = known_variables(&Args::augment_args(clap::Command::new("test")));
        assert_eq!(lines.len(), settings.len() + 1, "{text}");
        for variable in settings {
            let flag = variable.trim_start_matches("PODCERT_").replace('_', "-").to_lowercase();
            let told = format!("--{flag} ({variable}): ");
            assert!(lines.iter().any(|line| line.starts_with(&told)), "{told}{text}");
        }
        assert_eq!(faults.exit_class(), ExitClass::Usage);
    }

    #[test]
    fn no_source_is_a_fault_that_says_what_to_do() {
        for flags in [&[][..], &["--source=auto"], &["--source="]] {
            let (_, faults) = settings(flags);
            assert_eq!(faults.exit_class(), ExitClass::Settings);
            assert_eq!(
                faults.to_string(),
                "--source (PODCERT_SOURCE): no source of certificates was chosen; for development use --source local"
            );
        }
    }

    #[test]
    fn a_local_ca_without_a_place_is_a_fault() {
        let mut faults = Faults::default();
        assert_eq!(source("local", Places::new(None, Some("state")), &mut faults), None);
        assert!(faults.to_string().contains("set XDG_STATE_HOME or HOME"), "{faults}");
        assert_eq!(faults.exit_class(), ExitClass::Settings);
    }

    #[test]
    fn help_shows_defaults_and_no_values_of_variables() {
        let help = Args::augment_args(clap::Command::new("test")).render_help().to_string();
        for told in
            ["[default: /run/podcert]", "[default: 24h]", "[default: ecdsa-p256]", "[env: PODCERT_RENEW]"]
        {
            assert!(help.contains(told), "{told}: {help}");
        }
        assert!(!help.contains("cert-manager") && !help.contains("auto"), "{help}");
    }
}
