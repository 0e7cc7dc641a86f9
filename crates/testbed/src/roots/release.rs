//! The releases of the examples, built inside the root of each OTP, as one layer for images:
//! `target/release-images/<otp>`, with rebar3's release at `/app`, mix's at `/mix` and the Gleam shipment at `/gleam`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::BuildRoot;
use super::otp::{self, Release};
use crate::log::Log;
use crate::workspace::Workspace;

/// Builds the releases, unless the existing layer was made from these sources and this root. Returns the layer.
pub fn build(workspace: &Workspace, release: &Release, log: &Log) -> Result<PathBuf> {
    let layers = workspace.target.join("release-images");
    let (layer, stamp_file) = (layers.join(release.otp), layers.join(release.otp).with_extension("stamp"));
    let sources = sources(&workspace.root)?;
    let stamp = stamp(workspace, release, &sources)?;
    if layer.exists() && fs::read(&stamp_file).is_ok_and(|found| found == stamp) {
        log.write(&format!("{} is up to date", workspace.shown(&layer)))?;
        return Ok(layer);
    }

    let build_root = BuildRoot::new(workspace, release, NAME)?;
    for source in &sources {
        build_root.copy(&workspace.root.join(source), source)?;
    }
    let inside = build_root.inside();
    for example in &EXAMPLES {
        // Without a network, so that any attempt to download something fails.
        let build =
            format!("cd {inside}/{} && HOME={inside} unshare --net {}", example.folder, example.build);
        log.run(build_root.command("sh").args(["-c", &build]))?;
    }

    // The stamp is removed first and written last, so that an interrupted run does not leave a layer that seems complete.
    let _ = fs::remove_file(&stamp_file);
    let _ = fs::remove_dir_all(&layer);
    fs::create_dir_all(&layer).with_context(|| format!("cannot create {}", layer.display()))?;
    for example in &EXAMPLES {
        let output = build_root.directory().join(example.folder).join(example.output);
        log.run(Command::new("cp").arg("--archive").arg(output).arg(layer.join(example.path)))?;
    }
    fs::write(&stamp_file, stamp)?;
    Ok(layer)
}

/// The files that the releases are built from, relative to the repository.
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
        // Left by a build in the source tree.
        if name != "_build" && name != "build" && name != "rebar.lock" {
            collect(root, &place.join(name), sources)?;
        }
    }
    Ok(())
}

/// Everything that the releases depend on, in full: it is small.
fn stamp(workspace: &Workspace, release: &Release, sources: &[PathBuf]) -> Result<Vec<u8>> {
    let mut stamp = otp::found_stamp(workspace, release).into_bytes();
    for source in sources {
        stamp.extend(format!("\n{}\n", source.display()).into_bytes());
        let text = fs::read(workspace.root.join(source));
        stamp.extend(text.with_context(|| format!("cannot read {}", source.display()))?);
    }
    Ok(stamp)
}

/// The name of the build root.
const NAME: &str = "release";

/// A folder that a release is built from.
struct Example {
    folder: &'static str,
    /// The command, run in that folder.
    build: &'static str,
    /// What the command creates, relative to the folder.
    output: &'static str,
    /// Where images have it, relative to `/`.
    path: &'static str,
}

const EXAMPLES: [Example; 3] = [
    Example {
        folder: "examples/erlang",
        build: "rebar3 as prod release",
        output: "_build/prod/rel/clustered",
        path: "app",
    },
    Example {
        folder: "examples/elixir",
        build: "env MIX_ENV=prod MIX_REBAR3=/usr/bin/rebar3 mix release",
        output: "_build/prod/rel/clustered",
        path: "mix",
    },
    Example { folder: "examples/gleam", build: "./build.sh", output: "build/erlang-shipment", path: "gleam" },
];
