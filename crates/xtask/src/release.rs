//! The releases of the examples, made inside of the root of each OTP, as one layer for images: it lies in
//! `target/release-images/<otp>`, with that of rebar3 at `/app`, that of mix at `/mix` and the shipment at `/gleam`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::otp::{self, Release};
use crate::step::Log;
use crate::workbench::Workbench;
use crate::workspace::Workspace;

/// Makes them where they are not what these sources and this root make, and yields the layer. Needs the root.
pub fn build(workspace: &Workspace, release: &Release, log: &Log) -> Result<PathBuf> {
    let layers = workspace.target.join("release-images");
    let (layer, stamp_file) = (layers.join(release.otp), layers.join(release.otp).with_extension("stamp"));
    let sources = sources(&workspace.root)?;
    let stamp = stamp(workspace, release, &sources)?;
    if layer.exists() && fs::read(&stamp_file).is_ok_and(|found| found == stamp) {
        log.write(&format!("{} is up to date", workspace.shown(&layer)))?;
        return Ok(layer);
    }

    let workbench = Workbench::new(workspace, release, NAME)?;
    for source in &sources {
        workbench.copy(&workspace.root.join(source), source)?;
    }
    let inside = workbench.inside();
    for example in &EXAMPLES {
        // Without a network of its own, so that it shows if something were fetched.
        let make = format!("cd {inside}/{} && HOME={inside} unshare --net {}", example.folder, example.make);
        log.run(workbench.command("sh").args(["-c", &make]))?;
    }

    // The stamp first and last, so that what an interrupt leaves is not taken for whole.
    let _ = fs::remove_file(&stamp_file);
    let _ = fs::remove_dir_all(&layer);
    fs::create_dir_all(&layer).with_context(|| format!("cannot make {}", layer.display()))?;
    for example in &EXAMPLES {
        let made = workbench.directory().join(example.folder).join(example.made);
        log.run(Command::new("cp").arg("--archive").arg(made).arg(layer.join(example.place)))?;
    }
    fs::write(&stamp_file, stamp)?;
    Ok(layer)
}

/// The files that they are made of, relative to the repository.
fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    let folders = EXAMPLES.iter().map(|example| example.folder);
    for place in ["erlang/beam_mtls/rebar.config", "erlang/beam_mtls/src"].into_iter().chain(folders) {
        collect(root, Path::new(place), &mut sources)?;
    }
    sources.sort();
    Ok(sources)
}

fn collect(root: &Path, place: &Path, sources: &mut Vec<PathBuf>) -> Result<()> {
    let path = root.join(place);
    if path.is_file() {
        sources.push(place.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))? {
        let name = entry?.file_name();
        // Somebody may have built there.
        if name != "_build" && name != "build" && name != "rebar.lock" {
            collect(root, &place.join(name), sources)?;
        }
    }
    Ok(())
}

/// All that the releases depend on, letter by letter: it is little.
fn stamp(workspace: &Workspace, release: &Release, sources: &[PathBuf]) -> Result<Vec<u8>> {
    let mut stamp = otp::found_stamp(workspace, release).into_bytes();
    for source in sources {
        stamp.extend(format!("\n{}\n", source.display()).into_bytes());
        let text = fs::read(workspace.root.join(source));
        stamp.extend(text.with_context(|| format!("cannot read {}", source.display()))?);
    }
    Ok(stamp)
}

/// Of the workbench.
const NAME: &str = "release";

/// A folder that a release is made of.
struct Example {
    folder: &'static str,
    /// The command, in that folder.
    make: &'static str,
    /// What comes of it, relative to the folder.
    made: &'static str,
    /// Where that is in images, at the root.
    place: &'static str,
}

const EXAMPLES: [Example; 3] = [
    Example {
        folder: "examples/erlang",
        make: "rebar3 as prod release",
        made: "_build/prod/rel/clustered",
        place: "app",
    },
    Example {
        folder: "examples/elixir",
        make: "env MIX_ENV=prod MIX_REBAR3=/usr/bin/rebar3 mix release",
        made: "_build/prod/rel/clustered",
        place: "mix",
    },
    Example { folder: "examples/gleam", make: "./build.sh", made: "build/erlang-shipment", place: "gleam" },
];
