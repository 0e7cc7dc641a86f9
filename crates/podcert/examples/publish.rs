//! Obtains a certificate from a local CA into a directory, as a process that tests can kill, starve or run many times at
//! once: `publish DIRECTORY STATE_DIRECTORY renew|keep DNS_NAME`. It exits with the exit codes of `podcert`.

use std::path::Path;
use std::process::ExitCode;

use podcert::diagnose::{Diagnose, ErrorClass, explain};
use podcert::request::Wanted;
use podcert_testkit::{NOW, identity, obtain_at, open_ca, wanted};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, state_directory, renew, name] = arguments.as_slice() else {
        eprintln!("usage: publish DIRECTORY STATE_DIRECTORY renew|keep DNS_NAME");
        return ExitCode::from(64);
    };
    let wanted = Wanted { renew: renew == "renew", ..wanted() };
    let ca = match open_ca(Path::new(state_directory)) {
        Ok(ca) => ca,
        Err(error) => return fail(&error),
    };
    match obtain_at(directory, &identity(&[name]), &wanted, &ca, NOW) {
        Ok(obtained) => {
            println!("{:?}", obtained.outcome);
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}

fn fail(error: &impl Diagnose) -> ExitCode {
    eprintln!("{}", explain(error));
    ExitCode::from(match error.class() {
        ErrorClass::CannotWrite => 73,
        ErrorClass::Data => 65,
        ErrorClass::Settings => 78,
        _ => 70,
    })
}
