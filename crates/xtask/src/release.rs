//! The release of `examples/erlang`, made by rebar3 inside of the root of each OTP, as a layer for images: it lies in
//! `target/release-images/<otp>`, with the release at `/app`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::otp::{self, Release};
use crate::step::Log;
use crate::workbench::Workbench;
use crate::workspace::Workspace;

/// Makes it where it is not what these sources and this root make, and yields the layer. Needs the root.
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
    // Without a network of its own, so that it shows if something were fetched.
    let make = format!("cd {inside}/{EXAMPLE} && HOME={inside} unshare --net rebar3 as prod release");
    log.run(workbench.command("sh").args(["-c", &make]))?;

    // The stamp first and last, so that what an interrupt leaves is not taken for whole.
    let _ = fs::remove_file(&stamp_file);
    let _ = fs::remove_dir_all(&layer);
    fs::create_dir_all(&layer).with_context(|| format!("cannot make {}", layer.display()))?;
    let made = workbench.directory().join(EXAMPLE).join(MADE);
    log.run(Command::new("cp").arg("--archive").arg(made).arg(layer.join("app")))?;
    fs::write(&stamp_file, stamp)?;
    Ok(layer)
}

/// The files that it is made of, relative to the repository.
fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for place in ["erlang/beam_mtls/rebar.config", "erlang/beam_mtls/src", EXAMPLE] {
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
        // Somebody may have called rebar3 there.
        if name != "_build" && name != "rebar.lock" {
            collect(root, &place.join(name), sources)?;
        }
    }
    Ok(())
}

/// All that the release depends on, letter by letter: it is little.
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

const EXAMPLE: &str = "examples/erlang";

const MADE: &str = "_build/prod/rel/clustered";
