//! Renders the chart without a cluster, with each Helm: what it refuses and why, what the defaults make, and `helm lint`.
//!
//! ```sh
//! CLUSTER_HELMS=/path/to/helm cargo test --package scenarios --test chart
//! ```

mod helm;
mod refusals;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use helm::{CHART, Helm};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match Helm::all() {
        Ok(helms) => libtest_mimic::run(&arguments, trials(&helms)).exit_code(),
        Err(problem) => {
            eprintln!("the chart cannot be rendered: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn trials(helms: &[Helm]) -> Vec<Trial> {
    let mut trials = vec![Trial::test("chart/every_refusal_is_tested", refusals::all_are_tested)];
    for helm in helms {
        let mut add = |name: &str, test: fn(&Helm) -> Result<(), Failed>| {
            let helm = helm.clone();
            trials.push(Trial::test(format!("chart/helm_{}/{name}", helm.version), move || test(&helm)));
        };
        add("default_rendering", renders_the_defaults);
        add("examples", renders_the_examples);
        add("lint", lints);
        trials.extend(refusals::trials(helm));
    }
    trials
}

/// The defaults make exactly the objects of the golden file.
fn renders_the_defaults(helm: &Helm) -> Result<(), Failed> {
    let rendered = helm.template(&[])?;
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chart/default.yaml");
    let expected = fs::read_to_string(golden)?;
    // Helm 3 and 4 differ in empty lines between objects.
    let lines =
        |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (rendered, expected) = (lines(&rendered), lines(&expected));
    if rendered == expected {
        return Ok(());
    }
    let same = rendered.iter().zip(&expected).take_while(|(one, other)| one == other).count();
    let found = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("default.yaml");
    fs::write(&found, rendered.join("\n") + "\n")?;
    Err(Failed::from(format!(
        "line {} is {:?} instead of {:?}; if that is intended: cp {} {golden}",
        same + 1,
        rendered.get(same),
        expected.get(same),
        found.display()
    )))
}

/// Each folder of `examples` that has values has good ones.
fn renders_the_examples(helm: &Helm) -> Result<(), Failed> {
    let mut rendered = 0;
    for example in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"))? {
        let values = example?.path().join("values.yaml");
        if values.exists() {
            helm.template(&[&format!("--values={}", values.display())])?;
            rendered += 1;
        }
    }
    if rendered == 0 { Err(Failed::from("there are no examples with values")) } else { Ok(()) }
}

/// All values in `ci` pass the strict linter.
fn lints(helm: &Helm) -> Result<(), Failed> {
    let mut linted = 0;
    for values in fs::read_dir(format!("{CHART}/ci"))? {
        helm.run(&["lint", "--strict", CHART, &format!("--values={}", values?.path().display())])?;
        linted += 1;
    }
    if linted == 0 { Err(Failed::from("there are no values to lint")) } else { Ok(()) }
}
