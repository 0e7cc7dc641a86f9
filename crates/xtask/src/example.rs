//! `cargo xtask example`: starts a folder of `examples` on the cluster of the tests, and shows what comes of it.

mod site;
mod steps;
mod views;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::cluster::layout::Layout;
use crate::cluster::sandbox::Sandbox;
use crate::cluster::{images, up};
use crate::workspace::Workspace;
use crate::{musl, otp, packages};
use site::Site;

/// Says what it will do, and does it. An example that runs gets the manifests of now; pods that run keep their image.
pub fn run(workspace: &Workspace, name: &str) -> Result<ExitCode> {
    let example = Example::find(&workspace.root.join("examples"), name)?;
    let layout = Layout::new(workspace);
    println!("example   {name}, in the namespace {}; it stays until you remove it", site::namespace(name));
    let steps = up::prepare(workspace, &layout, &[&packages::CLUSTER, &packages::OTP, &packages::MUSL])?;
    let prepared = musl::step(workspace, &steps)
        && example.releases.iter().all(|release| otp::make_one(workspace, &steps, release))
        && up::bring_up(&layout, &steps)?;
    let Some(sandbox) = Sandbox::find(&layout).filter(|_| prepared) else { return Ok(steps.close()) };

    let loaded = steps.run("images", |log| {
        images::podcert(workspace, &layout, log)?.load(&layout, &sandbox, log)?;
        example.releases.iter().try_for_each(|release| {
            images::app(workspace, &layout, release, log)?.load(&layout, &sandbox, log)
        })
    });
    let site = Site { workspace, layout: &layout, sandbox: &sandbox, name, example: &example };
    let mut said = String::new();
    let shown = loaded
        && steps.run("namespace", |log| site.furnish(log))
        && steps.run("start", |log| site.start(log))
        && steps.run("result", |log| {
            said = site.result(log)?;
            Ok(())
        });
    if shown {
        println!("\n{}\n\n{}", said.trim_end(), site.advice());
    }
    Ok(steps.close())
}

/// What a folder has for the cluster.
struct Example {
    folder: PathBuf,
    kind: Kind,
    /// The OTP releases whose images it names.
    releases: Vec<&'static otp::Release>,
}

/// Who makes objects of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// kubectl, from manifests.
    Kustomization,
    /// kubectl, from manifests of several steps, each of which changes what runs.
    Steps,
    /// helm, from values for our chart.
    Values,
}

impl Example {
    fn find(examples: &Path, name: &str) -> Result<Self> {
        let folder = examples.join(name);
        let Some(kind) = Kind::of(&folder) else {
            bail!("there is no example {name}; there are: {}", names(examples)?.join(", "));
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

/// Of all examples, sorted.
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
    fn folders_are_examples_by_what_is_in_them() {
        let found = |name| Example::find(&examples(), name).map(|example| example.kind);
        assert_eq!(found("nginx").expect("an example"), Kind::Kustomization);
        assert_eq!(found("erlang").expect("an example"), Kind::Values);
        assert_eq!(found("migration").expect("an example"), Kind::Steps);
    }

    #[test]
    fn images_are_made_for_the_releases_that_are_named() {
        let example = Example::find(&examples(), "nginx").expect("an example");
        assert_eq!(example.releases.iter().map(|release| release.otp).collect::<Vec<_>>(), ["27"]);
    }

    #[test]
    fn who_asks_for_another_one_is_told_what_there_is() {
        let error = Example::find(&examples(), "ngnix").err().expect("an error");
        assert_eq!(
            error.to_string(),
            "there is no example ngnix; there are: elixir, erlang, gleam, migration, nginx"
        );
    }
}
