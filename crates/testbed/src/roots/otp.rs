//! Root file systems with the OTP releases of three Debian suites, in which nodes of different releases run side by
//! side: `target/otp/25`, `27` and `29`.
//!
//! A root appears as a whole or not at all, and is used again only after a check: its stamp must name this recipe and
//! the packages that are actually installed, and its Erlang must start ssl.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::log::Log;
use crate::workspace::Workspace;
use crate::{environment, packages};

/// An OTP release and the Debian suite that has it.
pub struct Release {
    /// The release, which is also the name of the directory.
    pub otp: &'static str,
    suite: &'static str,
}

/// Compiles the modules that are shipped: its object files run on all releases.
pub const OLDEST: &Release = &RELEASES[0];

/// All releases, oldest first.
pub const RELEASES: [Release; 3] = [
    Release { otp: "25", suite: "bookworm" },
    Release { otp: "27", suite: "trixie" },
    Release { otp: "29", suite: "forky" },
];

/// Why root file systems cannot be made on this machine.
pub fn obstacle() -> Option<String> {
    if !environment::is_root() {
        return Some("making root file systems with debootstrap needs root".to_owned());
    }
    let missing = packages::missing(&packages::OTP);
    if !missing.is_empty() {
        return Some(packages::advice(&missing));
    }
    let private = Command::new("unshare").args(["--mount", "true"]).output();
    let allowed = private.is_ok_and(|output| output.status.success());
    (!allowed).then(|| {
        "debootstrap needs CAP_SYS_ADMIN to mount file systems, which this container lacks".to_owned()
    })
}

/// The directory that holds all roots.
pub fn directory(workspace: &Workspace) -> PathBuf {
    workspace.target.join("otp")
}

/// The root of a release; it need not exist.
pub fn root(workspace: &Workspace, release: &Release) -> PathBuf {
    directory(workspace).join(release.otp)
}

/// What the existing root was made from; empty if there is none.
pub fn found_stamp(workspace: &Workspace, release: &Release) -> String {
    fs::read_to_string(root(workspace, release).join(STAMP)).unwrap_or_default()
}

/// Whether a root with this recipe seems to exist. [`make`] checks it thoroughly.
pub fn seems_made(workspace: &Workspace, release: &Release) -> bool {
    found_stamp(workspace, release).starts_with(&recipe(release))
}

/// Makes the root of a release, unless a good one exists.
pub fn make(workspace: &Workspace, release: &Release, log: &Log) -> Result<()> {
    let directory = directory(workspace);
    let root = directory.join(release.otp);
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    // Held until the file is dropped: a second run waits, and then finds the root.
    let lock = File::create(directory.join(format!(".{}.lock", release.otp)))?;
    lock.lock()?;

    match check(&root, release, log) {
        Ok(()) => return log.write("the existing root is good"),
        Err(reason) => log.write(&format!("making the root: {reason:#}"))?,
    }
    let half_made = directory.join(format!(".{}.half-made", release.otp));
    remove(&half_made)?;
    bootstrap(&directory, &half_made, release, log)?;
    fs::write(half_made.join(STAMP), stamp(&half_made, release)?)?;
    check(&half_made, release, log)?;
    replace(&root, &half_made, &directory.join(format!(".{}.former", release.otp)))
}

fn bootstrap(directory: &Path, root: &Path, release: &Release, log: &Log) -> Result<()> {
    let cache = directory.join(".cache").join(release.suite);
    fs::create_dir_all(&cache)?;
    // In its own mount namespace, so that an interrupted debootstrap leaves nothing mounted.
    let mut debootstrap = Command::new("unshare");
    debootstrap
        .args(["--mount", "debootstrap", "--variant=minbase"])
        .arg(format!("--include={}", PACKAGES.join(",")))
        .arg(format!("--cache-dir={}", cache.display()))
        .arg(release.suite)
        .arg(root)
        // The default mirror, and the script by name: an older debootstrap has none for a newer suite.
        .args(["", "sid"]);
    log.run(&mut debootstrap).inspect_err(|_| {
        let details = fs::read_to_string(root.join("debootstrap/debootstrap.log")).unwrap_or_default();
        // debootstrap's failure is reported, whether or not this works.
        let _ = log.write(&details);
    })?;
    log.run(chroot(root).args(["sh", "-c", INSTALL_REBAR]))
}

fn check(root: &Path, release: &Release, log: &Log) -> Result<()> {
    let found = fs::read_to_string(root.join(STAMP)).context("there is no complete one")?;
    ensure!(found == stamp(root, release)?, "its recipe or its packages differ from its stamp");
    let output = chroot(root)
        .args(["timeout", "--foreground", "60", "erl", "-noshell", "-eval", STARTS_SSL])
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    log.write(&format!("{} prints: {printed}", root.display()))?;
    ensure!(
        output.status.success() && printed == release.otp,
        "its Erlang does not start ssl as OTP {}",
        release.otp
    );
    Ok(())
}

/// What a root was made from and what was installed.
fn stamp(root: &Path, release: &Release) -> Result<String> {
    let output = chroot(root).args(["dpkg-query", "--show"]).args(PACKAGES).arg(REBAR).output()?;
    ensure!(output.status.success(), "dpkg-query: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(recipe(release) + &String::from_utf8_lossy(&output.stdout))
}

fn recipe(release: &Release) -> String {
    format!("minbase of {} with {} and {REBAR}\n", release.suite, PACKAGES.join(" "))
}

/// A command that sees only the root, and none of our variables.
pub fn chroot(root: &Path) -> Command {
    let mut chroot = Command::new("chroot");
    chroot.arg(root).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8");
    // erl needs a home directory, and must not leave a crash dump when it fails.
    chroot.env("HOME", "/root").env("ERL_CRASH_DUMP_SECONDS", "0");
    chroot
}

/// Replaces a root by a new one, and removes it only then: other processes may read it at any time.
fn replace(root: &Path, new: &Path, former: &Path) -> Result<()> {
    remove(former)?;
    if root.exists() {
        rename(root, former)?;
    }
    rename(new, root)?;
    remove(former)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot rename {} to {}", from.display(), to.display()))
}

/// Removes a root, unless something is mounted in it, which would be emptied as well.
fn remove(root: &Path) -> Result<()> {
    if !root.exists() {
        return Ok(());
    }
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let mut places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    if let Some(mounted) = places.find(|place| Path::new(place).starts_with(root)) {
        bail!("{mounted} is mounted: umount it first");
    }
    // The stamp goes first, so that an interrupted removal does not leave a root that seems complete. There may be none.
    let _ = fs::remove_file(root.join(STAMP));
    fs::remove_dir_all(root).with_context(|| format!("cannot remove {}", root.display()))
}

/// erlang-dev has the header files that erlc needs; eunit is a package by itself. rebar3 needs the parse, syntax and
/// other tools; elixir builds releases with mix. curl, jq, nginx and openssl are for pods without Erlang.
const PACKAGES: [&str; 16] = [
    "curl",
    "elixir",
    "erlang-asn1",
    "erlang-base",
    "erlang-crypto",
    "erlang-dev",
    "erlang-eunit",
    "erlang-inets",
    "erlang-parsetools",
    "erlang-public-key",
    "erlang-ssl",
    "erlang-syntax-tools",
    "erlang-tools",
    "jq",
    "nginx",
    "openssl",
];

/// A single file, which builds releases.
const REBAR: &str = "rebar3";

/// Its package depends on dialyzer, reltool and common_test, which bring a graphical desktop and are not needed to build
/// a release.
const INSTALL_REBAR: &str = "cd /tmp && apt-get -o APT::Sandbox::User=root download rebar3 && \
                             dpkg --force-depends --install rebar3_*.deb && rm rebar3_*.deb";

/// Inside the root, so that they are created and removed together.
const STAMP: &str = ".stamp";

const STARTS_SSL: &str = "{ok, _} = application:ensure_all_started(ssl), \
                          io:put_chars(erlang:system_info(otp_release)), halt().";
