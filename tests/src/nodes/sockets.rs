//! The sockets on which a process listens, as the kernel reports them.

use std::fs;
use std::path::Path;

/// Local addresses and ports on which a process listens, in the kernel's spelling; none once it has ended.
pub fn listeners(pid: u32) -> Vec<String> {
    let process = Path::new("/proc").join(pid.to_string());
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return Vec::new() };
    let links: Vec<String> = descriptors
        .filter_map(|entry| Some(fs::read_link(entry.ok()?.path()).ok()?.to_string_lossy().into_owned()))
        .collect();
    let sockets =
        ["net/tcp", "net/tcp6"].map(|file| fs::read_to_string(process.join(file)).unwrap_or_default());
    sockets
        .iter()
        .flat_map(|text| listening(text))
        .filter(|(_, inode)| links.contains(&format!("socket:[{inode}]")))
        .map(|(address, _)| address.to_owned())
        .collect()
}

/// Address and inode of each listener in a file of the form of `/proc/net/tcp`.
fn listening(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_listening = *fields.get(3)? == TCP_LISTEN;
        is_listening.then_some((*fields.get(1)?, *fields.get(9)?))
    })
}

const TCP_LISTEN: &str = "0A";

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_listeners_of_this_process_are_found() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let found = listeners(std::process::id());
        assert!(found.contains(&format!("0100007F:{port:04X}")), "{found:?}");
    }
}
