//! Whoever comes with a certificate of its own choice: plain `erl` with OTP's own options, in which nothing is ours.

use std::fs::{self, Permissions};
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use beam_mtls::artifacts::render::erlang;

use crate::beam::bench::PORT;
use crate::beam::credentials::Credentials;
use crate::beam::erl::{Erl, control};
use crate::beam::node::COOKIE;
use crate::beam::otp::Otp;
use crate::beam::scene::{INSIDE, Scene};

/// A stranger, who takes one name after another.
#[derive(Debug)]
pub struct Stranger {
    erl: Erl,
    directory: String,
    taken: usize,
}

/// How a stranger treats whoever is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// Believes everybody, as an attacker does.
    Careless,
    /// Looks whether the other certificate is of the right CA: the options that OTP's manual shows.
    Stock,
}

impl Stranger {
    /// Starts it without a name; it listens and dials on the address that ends in `last`.
    pub fn start(scene: &Scene, otp: Otp, last: u8) -> Self {
        let directory = format!("stranger-{otp}-{last}");
        scene.make_directory(&directory);
        let mut command = command(scene, otp, &directory);
        let address = erlang::address(scene.node_address(last));
        command.args(["-kernel", "inet_dist_use_interface", &address]);
        command.args(["inet_dist_connect_options", &format!("[{{ip,{address}}}]")]).args(control());
        let erl = Erl::start(scene, &format!("stranger ({otp})"), command);
        Self { erl, directory, taken: 0 }
    }

    /// Takes a name and shows these credentials from now on; the former name is given up.
    pub fn become_node(&mut self, scene: &Scene, name: &str, credentials: &Credentials, manners: Manners) {
        self.leave();
        self.taken += 1;
        // A new directory each time, since OTP keeps what it has read.
        let directory = format!("{}/{}", self.directory, self.taken);
        write_credentials(&scene.make_directory(&directory), credentials);
        let options = options(&format!("{INSIDE}/{directory}"), credentials, manners);
        fs::write(scene.path(&self.directory).join(OPTION_FILE), options).expect("an option file");
        // What is left of its former self may still be ending.
        self.await_value(&format!("element(1, net_kernel:start(['{name}', longnames]))"), "ok");
    }

    /// Takes a name, its own or not, and shows a good certificate for the address that ends in `last`.
    pub fn claim(&mut self, scene: &Scene, name: &str, last: u8) {
        let credentials = Credentials::good(&scene.ca(), &scene.address(last).to_string());
        self.become_node(scene, name, &credentials, Manners::Careless);
    }

    /// Dials a node; `pong` or `pang`.
    pub fn ping(&mut self, name: &str) -> String {
        self.eval(&format!("net_adm:ping('{name}')"))
    }

    /// Gives up its name and with it all connections.
    pub fn leave(&mut self) {
        self.eval(KILL_CONNECTIONS);
        self.eval("net_kernel:stop()");
    }
}

impl Deref for Stranger {
    type Target = Erl;

    fn deref(&self) -> &Erl {
        &self.erl
    }
}

impl DerefMut for Stranger {
    fn deref_mut(&mut self) -> &mut Erl {
        &mut self.erl
    }
}

/// `erl` with TLS distribution by the option file in a directory of the scene, and with the right cookie.
pub fn command(scene: &Scene, otp: Otp, directory: &str) -> Command {
    let mut command = scene.command(otp, "erl");
    let proto_dist = if scene.node_address(1).is_ipv6() { "inet6_tls" } else { "inet_tls" };
    command.args(["-proto_dist", proto_dist]);
    command.args(["-ssl_dist_optfile", &format!("{INSIDE}/{directory}/{OPTION_FILE}")]);
    command.args(["-start_epmd", "false", "-erl_epmd_port", &PORT.to_string()]);
    command.env("HOME", cookie_home(scene));
    command
}

/// A home whose cookie is that of all nodes, as seen from inside.
pub fn cookie_home(scene: &Scene) -> String {
    let cookie = scene.make_directory("home-with-cookie").join(".erlang.cookie");
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
pub fn options(directory: &str, credentials: &Credentials, manners: Manners) -> String {
    let trust = format!("{{cacertfile, \"{directory}/ca.crt\"}}, {{versions, ['tlsv1.3']}}");
    let own = match credentials.leaf {
        Some(_) => format!(", {{certfile, \"{directory}/tls.crt\"}}, {{keyfile, \"{directory}/tls.key\"}}"),
        None => String::new(),
    };
    let (server, client) = match manners {
        Manners::Careless => ("{verify, verify_none}", "{verify, verify_none}"),
        Manners::Stock => ("{verify, verify_peer}, {fail_if_no_peer_cert, true}", "{verify, verify_peer}"),
    };
    format!("[{{server, [{server}, {trust}{own}]}}, {{client, [{client}, {trust}{own}]}}].\n")
}

/// OTP gives them longer to end than it gives their supervisor's supervisor, and then cannot start anew at once.
const KILL_CONNECTIONS: &str = "case whereis(tls_dist_connection_sup) of undefined -> ok; Top -> \
    [exit(Process, kill) || {_, Sup, _, _} <- supervisor:which_children(Top), \
    {_, Process, _, _} <- supervisor:which_children(Sup)] end";

/// The name of the option file.
pub const OPTION_FILE: &str = "stock.conf";
