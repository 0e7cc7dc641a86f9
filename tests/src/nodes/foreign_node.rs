//! Nodes that `beam-mtls` did not start: plain `erl` with OTP's own options, and with any certificate.

use std::fs::{self, Permissions};
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use beam_mtls::artifacts::render::erlang;

use crate::nodes::credentials::Credentials;
use crate::nodes::erl::{Erl, control};
use crate::nodes::fixtures::PORT;
use crate::nodes::node::COOKIE;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};

/// A foreign node, which can take one name after another.
#[derive(Debug)]
pub struct ForeignNode {
    erl: Erl,
    directory: String,
    taken: usize,
}

/// How a foreign node checks its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerVerification {
    /// Not at all, as an attacker does.
    None,
    /// It checks whether the peer's certificate is from the right CA: the options in OTP's manual.
    Stock,
}

impl ForeignNode {
    /// Starts it without a name; it listens and dials on the address that ends in `last`.
    pub fn start(bed: &TestBed, otp: Otp, last: u8) -> Self {
        let directory = format!("foreign-{otp}-{last}");
        bed.make_directory(&directory);
        let mut command = command(bed, otp, &directory);
        let address = erlang::address(bed.node_address(last));
        command.args(["-kernel", "inet_dist_use_interface", &address]);
        command.args(["inet_dist_connect_options", &format!("[{{ip,{address}}}]")]).args(control());
        let erl = Erl::start(bed, &format!("foreign node ({otp})"), command);
        Self { erl, directory, taken: 0 }
    }

    /// Takes a name and shows these credentials from now on; the former name is given up.
    pub fn become_node(
        &mut self,
        bed: &TestBed,
        name: &str,
        credentials: &Credentials,
        verification: PeerVerification,
    ) {
        self.leave();
        self.taken += 1;
        // A new directory each time, since OTP keeps what it has read.
        let directory = format!("{}/{}", self.directory, self.taken);
        write_credentials(&bed.make_directory(&directory), credentials);
        let options = options(&format!("{INSIDE}/{directory}"), credentials, verification);
        fs::write(bed.path(&self.directory).join(OPTION_FILE), options).expect("an option file");
        // What it ran under its former name may still be ending.
        self.await_value(&format!("element(1, net_kernel:start(['{name}', longnames]))"), "ok");
    }

    /// Takes a name, and shows a valid certificate for the address that ends in `last`, which may be a different host.
    pub fn claim(&mut self, bed: &TestBed, name: &str, last: u8) {
        let credentials = Credentials::good(&bed.ca(), &bed.address(last).to_string());
        self.become_node(bed, name, &credentials, PeerVerification::None);
    }

    /// Gives up its name and with it all connections.
    pub fn leave(&mut self) {
        self.eval(KILL_CONNECTIONS);
        self.eval("net_kernel:stop()");
    }
}

impl Deref for ForeignNode {
    type Target = Erl;

    fn deref(&self) -> &Erl {
        &self.erl
    }
}

impl DerefMut for ForeignNode {
    fn deref_mut(&mut self) -> &mut Erl {
        &mut self.erl
    }
}

/// `erl` with TLS distribution by the option file in a directory of the test bed, and with the right cookie.
pub fn command(bed: &TestBed, otp: Otp, directory: &str) -> Command {
    let mut command = bed.command(otp, "erl");
    let proto_dist = if bed.node_address(1).is_ipv6() { "inet6_tls" } else { "inet_tls" };
    command.args(["-proto_dist", proto_dist]);
    command.args(["-ssl_dist_optfile", &format!("{INSIDE}/{directory}/{OPTION_FILE}")]);
    command.args(["-start_epmd", "false", "-erl_epmd_port", &PORT.to_string()]);
    command.env("HOME", cookie_home(bed));
    command
}

/// A node on plain TCP that listens on the address that ends in `last`.
pub fn plain_tcp(bed: &TestBed, otp: Otp, name: &str, last: u8) -> Erl {
    let mut command = bed.command(otp, "erl");
    command.args(["-name", name, "-start_epmd", "false", "-erl_epmd_port", &PORT.to_string()]);
    let interface = erlang::address(bed.node_address(last));
    command.args(["-kernel", "inet_dist_use_interface", &interface]).args(control());
    command.env("HOME", cookie_home(bed));
    Erl::start(bed, "plain TCP", command)
}

/// A home whose cookie is that of all nodes, as seen from inside.
pub fn cookie_home(bed: &TestBed) -> String {
    let cookie = bed.make_directory("home-with-cookie").join(".erlang.cookie");
    if !cookie.exists() {
        fs::write(&cookie, COOKIE).expect("a cookie");
        fs::set_permissions(&cookie, Permissions::from_mode(0o400)).expect("a mode");
    }
    format!("{INSIDE}/home-with-cookie")
}

/// Writes the credentials as `tls.crt`, `tls.key` and `ca.crt`.
pub fn write_credentials(directory: &Path, credentials: &Credentials) {
    match &credentials.leaf {
        Some(leaf) => leaf.write(directory, &credentials.ca_pem),
        None => fs::write(directory.join("ca.crt"), &credentials.ca_pem).expect("a CA's certificate"),
    }
}

/// The option file for credentials in a directory.
pub fn options(directory: &str, credentials: &Credentials, verification: PeerVerification) -> String {
    let trust = format!("{{cacertfile, \"{directory}/ca.crt\"}}, {{versions, ['tlsv1.3']}}");
    let own = match credentials.leaf {
        Some(_) => format!(", {{certfile, \"{directory}/tls.crt\"}}, {{keyfile, \"{directory}/tls.key\"}}"),
        None => String::new(),
    };
    let (server, client) = match verification {
        PeerVerification::None => ("{verify, verify_none}", "{verify, verify_none}"),
        PeerVerification::Stock => {
            ("{verify, verify_peer}, {fail_if_no_peer_cert, true}", "{verify, verify_peer}")
        }
    };
    format!("[{{server, [{server}, {trust}{own}]}}, {{client, [{client}, {trust}{own}]}}].\n")
}

/// OTP gives connections longer to end than their supervisor's supervisor, and then cannot be restarted at once.
const KILL_CONNECTIONS: &str = "case whereis(tls_dist_connection_sup) of undefined -> ok; Top -> \
    [exit(Process, kill) || {_, Sup, _, _} <- supervisor:which_children(Top), \
    {_, Process, _, _} <- supervisor:which_children(Sup)] end";

/// The name of the option file.
pub const OPTION_FILE: &str = "stock.conf";
