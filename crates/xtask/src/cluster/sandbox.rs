//! The namespaces that the cluster lives in. Their first process is the cluster: when it ends, the kernel ends all other
//! processes, and takes away the mounts and the network.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::cgroups;
use super::layout::{INSIDE, Layout};
use crate::step::Log;

/// Namespaces that exist.
pub struct Sandbox {
    /// Their first process, by its id outside.
    pub pid: u32,
}

impl Sandbox {
    /// Makes the namespaces; there must be none.
    pub fn make(layout: &Layout, log: &Log) -> Result<Self> {
        cgroups::make(layout)?;
        let output = File::create(layout.logs().join("sandbox.log"))?;
        // A session of its own: Ctrl-C and a closed terminal do not reach the cluster. Forked, so that it is not our
        // child that we would have to wait for.
        let status = Command::new("setsid")
            .args(["--fork", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh"])
            .arg(layout.sources.join("sandbox.sh"))
            .arg(&layout.root)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .status()
            .context("cannot run setsid")?;
        ensure!(status.success(), "setsid: {status}");
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(10) {
            if let Some(sandbox) = Self::find(layout).filter(Self::is_ready) {
                log.write(&format!("the cluster is process {}", sandbox.pid))?;
                return Ok(sandbox);
            }
            sleep(Duration::from_millis(20));
        }
        bail!("the namespaces were not made, see {}/sandbox.log", layout.logs().display())
    }

    /// The namespaces of the cluster that runs. A process that only got the same id after ours ended is not taken for it.
    pub fn find(layout: &Layout) -> Option<Self> {
        let recorded = fs::read_to_string(layout.up().join("init")).ok()?;
        let (pid, started) = id_and_start(&recorded)?;
        let present = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        (id_and_start(&present)? == (pid, started)).then_some(Self { pid })
    }

    /// A command in all of the namespaces that knows no variable of ours.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.pid.to_string(), "--mount", "--net", "--pid", program])
            .env_clear()
            .env("PATH", format!("{INSIDE}/bin:/usr/sbin:/usr/bin:/sbin:/bin"))
            .env("HOME", format!("{INSIDE}/up/home"))
            .env("KUBECONFIG", format!("{INSIDE}/up/pki/admin.kubeconfig"))
            .env("KUBECACHEDIR", format!("{INSIDE}/up/kubectl-cache"));
        command
    }

    /// Starts a program that runs as long as the cluster does.
    pub fn start(&self, layout: &Layout, name: &str, arguments: &[&str], log: &Log) -> Result<()> {
        let path = layout.logs().join(name).with_extension("log");
        // What it wrote before it was started again stays.
        let output = File::options().create(true).append(true).open(path)?;
        log.write(&format!("$ {name} {}", arguments.join(" ")))?;
        // setsid forks, so the program becomes a child of the first process and nobody waits for it here.
        let status = self
            .command("setsid")
            .args(["--fork", name])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .status()?;
        ensure!(status.success(), "cannot start {name}: {status}");
        Ok(())
    }

    /// What goes before a command to run it in the cluster's network, with everything else as it is here.
    pub fn entrance(&self) -> [String; 4] {
        ["nsenter", "--target", &self.pid.to_string(), "--net"].map(str::to_owned)
    }

    /// A program that talks to the API server, in the cluster's network and with the files of this machine.
    pub fn client(&self, layout: &Layout, program: &str) -> Command {
        let [nsenter, network @ ..] = self.entrance();
        let mut command = Command::new(nsenter);
        command.args(network).arg(layout.binary(program));
        // Whatever cluster the caller's shell means, it is not this one.
        command.env("KUBECONFIG", layout.kubeconfig()).env("KUBECACHEDIR", layout.kubectl_cache());
        command
    }

    /// `sandbox.sh` ends by becoming this program.
    fn is_ready(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/comm", self.pid)).is_ok_and(|name| name.trim() == "pause")
    }

    /// Returns when no process is left.
    fn end(&self, layout: &Layout) -> Result<()> {
        let pid = self.pid.to_string();
        ensure!(Command::new("kill").args(["-KILL", &pid]).status()?.success(), "cannot end process {pid}");
        let since = Instant::now();
        // The kernel keeps the first process until it has reaped all others.
        while Self::find(layout).is_some() {
            ensure!(since.elapsed() < Duration::from_secs(30), "process {pid} does not end");
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// Ends the cluster if there is one, and removes what belongs to it. False when there was nothing.
pub fn remove(layout: &Layout) -> Result<bool> {
    let sandbox = Sandbox::find(layout);
    let up = layout.up();
    let found = sandbox.is_some() || up.exists();
    if let Some(sandbox) = sandbox {
        sandbox.end(layout)?;
    }
    cgroups::remove(layout)?;
    if up.exists() {
        fs::remove_dir_all(&up).with_context(|| format!("cannot remove {}", up.display()))?;
    }
    Ok(found)
}

/// From a line of `/proc/PID/stat`; the second field is the name, in brackets, and may hold anything.
pub fn id_and_start(stat: &str) -> Option<(u32, u64)> {
    let pid = stat.split(' ').next()?.parse().ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    Some((pid, after_name.split_whitespace().nth(19)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let stat = "71 (a) b (c) S 1 71 71 0 -1 4194560 118 0 0 0 0 0 0 0 20 0 1 0 5551 2576384 141 184467";
        assert_eq!(id_and_start(stat), Some((71, 5551)));
    }
}
