//! The namespaces that the cluster runs in. Their first process is the cluster: when it ends, the kernel kills all other
//! processes, and removes the mounts and the network.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::cgroups;
use super::layout::{INSIDE, Layout};
use crate::log::Log;

/// Namespaces that exist.
pub struct Namespaces {
    /// Their first process, by its id outside of them.
    pub pid: u32,
}

impl Namespaces {
    /// Makes the namespaces. There must be none yet.
    pub fn make(layout: &Layout, log: &Log) -> Result<Self> {
        cgroups::make(layout)?;
        let output = File::create(layout.logs().join("namespaces.log"))?;
        // In a new session, so that Ctrl-C and a closed terminal do not reach the cluster. Forked, so that it is not our
        // child, which we would have to wait for.
        let status = Command::new("setsid")
            .args(["--fork", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh"])
            .arg(layout.sources.join("namespaces.sh"))
            .arg(&layout.root)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .status()
            .context("cannot run setsid")?;
        ensure!(status.success(), "setsid: {status}");
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(10) {
            if let Some(namespaces) = Self::find(layout).filter(Self::is_ready) {
                log.write(&format!("the cluster is process {}", namespaces.pid))?;
                return Ok(namespaces);
            }
            sleep(Duration::from_millis(20));
        }
        bail!("the namespaces were not made: see {}/namespaces.log", layout.logs().display())
    }

    /// The namespaces of the cluster, if it is up. A later process with the same id is not mistaken for it.
    pub fn find(layout: &Layout) -> Option<Self> {
        let recorded = fs::read_to_string(layout.up().join("init")).ok()?;
        let (pid, started) = id_and_start(&recorded)?;
        let present = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        (id_and_start(&present)? == (pid, started)).then_some(Self { pid })
    }

    /// A command in all of the namespaces, without our environment variables.
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

    /// Starts a program that runs until the cluster ends.
    pub fn start(&self, layout: &Layout, name: &str, arguments: &[&str], log: &Log) -> Result<()> {
        let path = layout.logs().join(name).with_extension("log");
        // Appended, so that a restart keeps what was written before.
        let output = File::options().create(true).append(true).open(path)?;
        log.write(&format!("$ {name} {}", arguments.join(" ")))?;
        // setsid forks, so that the program becomes a child of the first process and need not be waited for here.
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

    /// The words in front of a command that run it in the cluster's network, and otherwise as outside.
    pub fn entrance(&self) -> [String; 4] {
        ["nsenter", "--target", &self.pid.to_string(), "--net"].map(str::to_owned)
    }

    /// A client of the API server, in the cluster's network and with the files of this machine.
    pub fn client(&self, layout: &Layout, program: &str) -> Command {
        let [nsenter, network @ ..] = self.entrance();
        let mut command = Command::new(nsenter);
        command.args(network).arg(layout.binary(program));
        // The caller's own variables refer to a different cluster.
        command.env("KUBECONFIG", layout.kubeconfig()).env("KUBECACHEDIR", layout.kubectl_cache());
        command
    }

    /// `namespaces.sh` ends by becoming this program.
    fn is_ready(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/comm", self.pid)).is_ok_and(|name| name.trim() == "pause")
    }

    /// Kills the cluster. Returns when no process is left.
    fn end(&self, layout: &Layout) -> Result<()> {
        let pid = self.pid.to_string();
        ensure!(Command::new("kill").args(["-KILL", &pid]).status()?.success(), "cannot end process {pid}");
        let since = Instant::now();
        // The kernel keeps the first process until all others are reaped.
        while Self::find(layout).is_some() {
            ensure!(since.elapsed() < Duration::from_secs(30), "process {pid} did not end");
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// Ends the cluster, if there is one, and removes what belongs to it. False if there was nothing.
pub fn remove(layout: &Layout) -> Result<bool> {
    let namespaces = Namespaces::find(layout);
    let up = layout.up();
    let found = namespaces.is_some() || up.exists();
    if let Some(namespaces) = namespaces {
        namespaces.end(layout)?;
    }
    cgroups::remove(layout)?;
    if up.exists() {
        fs::remove_dir_all(&up).with_context(|| format!("cannot remove {}", up.display()))?;
    }
    Ok(found)
}

/// Reads a line of `/proc/PID/stat`. The second field is the name, in parentheses, and may contain anything.
pub fn id_and_start(stat: &str) -> Option<(u32, u64)> {
    let pid = stat.split(' ').next()?.parse().ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    Some((pid, after_name.split_whitespace().nth(19)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_and_spaces_in_a_name_do_not_shift_the_fields() {
        let stat = "71 (a) b (c) S 1 71 71 0 -1 4194560 118 0 0 0 0 0 0 0 20 0 1 0 5551 2576384 141 184467";
        assert_eq!(id_and_start(stat), Some((71, 5551)));
    }
}
