//! Obtains a certificate from a local CA into a directory, as a process that tests can kill, starve or run
//! many times at once: `publish DIRECTORY STATE_DIRECTORY renew|keep DNS_NAME`.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use podcert::exit::{ExitClass, chain};
use podcert::identity::Identity;
use podcert::key::KeyAlgorithm;
use podcert::obtain::obtain;
use podcert::settings::{Settings, Source};
use podcert::signer::LocalCa;
use podcert_testkit::{NOW, block_on};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, state_directory, renew, name] = arguments.as_slice() else {
        eprintln!("usage: publish DIRECTORY STATE_DIRECTORY renew|keep DNS_NAME");
        return ExitClass::Usage.into();
    };
    let state_directory = PathBuf::from(state_directory);
    let settings = Settings {
        source: Source::Local { state_directory: state_directory.clone() },
        directory: directory.into(),
        additional: Identity::default(),
        ip_addresses_as_dns_names: false,
        duration: Duration::from_secs(24 * 60 * 60),
        key_algorithm: KeyAlgorithm::default(),
        owner: None,
        renew: renew == "renew",
        deadline: Duration::from_secs(120),
        pod_ip: None,
    };
    let mut identity = Identity::default();
    identity.dns_names.insert(name.parse().expect("a DNS name"));

    let ends_at = Instant::now() + settings.deadline;
    let ca = match LocalCa::open(&state_directory, NOW, ends_at) {
        Ok(ca) => ca,
        Err(error) => return fail(&error, error.exit_class()),
    };
    match block_on(obtain(&settings, &identity, &ca, NOW, ends_at)) {
        Ok(obtained) => {
            println!("{:?}", obtained.outcome);
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error, error.exit_class()),
    }
}

fn fail(error: &dyn Error, class: ExitClass) -> ExitCode {
    eprintln!("{}", chain(error));
    class.into()
}
