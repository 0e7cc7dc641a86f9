//! `cargo xtask example`: starts a folder of `examples` on the tests' cluster, and shows its result.

mod site;
mod steps;
mod views;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use testbed::kubernetes::{Layout, Namespaces, images};
use testbed::roots::otp;
use testbed::{Workspace, packages};

use crate::cluster::up;
use crate::prepare;
use site::Site;

/// Prints the plan and carries it out. An existing example gets the current manifests, but running pods keep their
/// images.
pub fn run(workspace: &Workspace, name: &str) -> Result<ExitCode> {
    let example = Example::find(&workspace.root.join("examples"), name)?;
    let layout = Layout::new(workspace);
    println!("example   {name}, in the namespace {}; it stays until you remove it", site::namespace(name));
    let steps = up::announce(workspace, &layout, &[&packages::CLUSTER, &packages::OTP, &packages::MUSL])?;
    let prepared = prepare::binaries(workspace, &steps)
        && example.releases.iter().all(|release| prepare::root(workspace, &steps, release))
        && up::bring_up(&layout, &steps)?;
    let Some(namespaces) = Namespaces::find(&layout).filter(|_| prepared) else { return Ok(steps.close()) };

    let loaded = steps.run("images", |log| {
        images::podcert(workspace, &layout, log)?.load(&layout, &namespaces, log)?;
        example.releases.iter().try_for_each(|release| {
            images::app(workspace, &layout, release, log)?.load(&layout, &namespaces, log)
        })
    });
    let site = Site { workspace, layout: &layout, namespaces: &namespaces, name, example: &example };
    let mut result = String::new();
    let shown = loaded
        && steps.run("namespace", |log| site.make_namespace(log))
        && steps.run("start", |log| site.start(log))
        && steps.run("result", |log| {
            result = site.result(log)?;
            Ok(())
        });
    if shown {
        println!("\n{}\n\n{}", result.trim_end(), site.advice());
    }
    Ok(steps.close())
}

/// A folder of `examples` that can be started on the cluster.
struct Example {
    folder: PathBuf,
    kind: Kind,
    /// The OTP releases whose images it uses.
    releases: Vec<&'static otp::Release>,
}

/// How its objects are created.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// By kubectl, from manifests.
    Kustomization,
    /// By kubectl, from manifests of several steps, each of which changes the running nodes.
    Steps,
    /// By helm, from values for our chart.
    Values,
}

impl Example {
    fn find(examples: &Path, name: &str) -> Result<Self> {
        let folder = examples.join(name);
        let Some(kind) = Kind::of(&folder) else {
            bail!("there is no example {name}; choose one of: {}", names(examples)?.join(", "));
        };
        let file = folder.join(kind.file());
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let names = |release: &&otp::Release| text.contains(&format!("otp-{}", release.otp));
        let releases = otp::RELEASES.iter().filter(names).collect();
        Ok(Self { folder, kind, releases })
    }
}

impl Kind {
    fn of(folder: &Path) -> Option<Self> {
        [Self::Kustomization, Self::Steps, Self::Values]
            .into_iter()
            .find(|kind| folder.join(kind.file()).is_file())
    }

    fn file(self) -> &'static str {
        match self {
            Self::Kustomization => "kustomization.yaml",
            Self::Steps => "step-0/nodes.yaml",
            Self::Values => "values.yaml",
        }
    }
}

/// The names of all examples, sorted.
fn names(examples: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(examples).with_context(|| format!("cannot read {}", examples.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let examples = paths.iter().filter(|path| Kind::of(path).is_some());
    let mut names: Vec<_> =
        examples.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
    }

    #[test]
    fn the_files_in_a_folder_decide_the_kind_of_example() {
        let found = |name| Example::find(&examples(), name).map(|example| example.kind);
        assert_eq!(found("nginx").expect("an example"), Kind::Kustomization);
        assert_eq!(found("erlang").expect("an example"), Kind::Values);
        assert_eq!(found("migration").expect("an example"), Kind::Steps);
    }

    #[test]
    fn images_are_made_for_the_releases_that_an_example_names() {
        let example = Example::find(&examples(), "nginx").expect("an example");
        assert_eq!(example.releases.iter().map(|release| release.otp).collect::<Vec<_>>(), ["27"]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Example::find(&examples(), "ngnix").err().expect("an error");
        assert_eq!(
            error.to_string(),
            "there is no example ngnix; choose one of: elixir, erlang, gleam, migration, nginx"
        );
    }
}
