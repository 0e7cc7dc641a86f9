//! The images that pods of scenarios and examples run: one with podcert alone, and one for each OTP with everything.

use std::fs;

use anyhow::Result;

use super::image::{self, Archive, Image};
use super::layout::Layout;
use crate::builds::musl;
use crate::log::Log;
use crate::roots::{otp, release};
use crate::workspace::Workspace;

/// Builds all images, and passes each to `give`.
pub fn all(
    workspace: &Workspace,
    layout: &Layout,
    log: &Log,
    give: impl Fn(&Archive) -> Result<()>,
) -> Result<()> {
    give(&podcert(workspace, layout, log)?)?;
    otp::RELEASES.iter().try_for_each(|on| give(&app(workspace, layout, on, log)?))
}

/// Builds `podcert:1` from its Containerfile.
pub fn podcert(workspace: &Workspace, layout: &Layout, log: &Log) -> Result<Archive> {
    let file = workspace.root.join("crates/podcert-cli/Containerfile");
    image::of_containerfile("podcert", "1", &file, &musl::directory(workspace), layout, log)
}

/// Builds `app:otp-<release>`: a user's image, as `examples/erlang` describes it, with the tools that scenarios call.
pub fn app(workspace: &Workspace, layout: &Layout, on: &otp::Release, log: &Log) -> Result<Archive> {
    let programs = layout.images().join(format!(".programs-{}", on.otp));
    image::empty(&programs)?;
    for name in ["beam-mtls", "podcert"] {
        image::copy(&musl::binary(workspace, name), &programs.join(name))?;
    }
    let image = Image {
        name: "app",
        tag: &format!("otp-{}", on.otp),
        layers: vec![otp::root(workspace, on), release::build(workspace, on, log)?, programs.clone()],
        entrypoint: ["/beam-mtls", "run", "--"].map(str::to_owned).to_vec(),
        arguments: &["/app/bin/clustered", "foreground"],
        environment: &["PATH=/usr/sbin:/usr/bin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8"],
        user: image::USER.to_owned(),
    };
    let archive = image.archive(layout, log)?;
    fs::remove_dir_all(&programs)?;
    Ok(archive)
}
