//! Unchanged releases, and the commands that operators use. For each launcher: a mesh, its commands, its console at a
//! terminal, stop and restart.

use super::{Needs, Scenario};
use crate::pods::namespace::Namespace;
use crate::pods::release::{Kind, Release};
use crate::terminal::Terminal;
use crate::wait;

/// A launcher with an OTP and a kind of workload.
macro_rules! on {
    ($name:literal, $needs:ident, $launcher:ident, $otp:literal, $kind:ident) => {
        Scenario::new($name, Needs::$needs(|namespace| lives(namespace, &$launcher, $otp, Kind::$kind)))
    };
}

/// Every launcher meets every OTP and both kinds, and every OTP both kinds. The rest is only in the full matrix.
pub(super) const SCENARIOS: &[Scenario] = &[
    on!("mix-25-statefulset", Namespace, MIX, "25", StatefulSet),
    on!("mix-25-deployment", FullMatrix, MIX, "25", Deployment),
    on!("mix-27-deployment", Namespace, MIX, "27", Deployment),
    on!("mix-27-statefulset", FullMatrix, MIX, "27", StatefulSet),
    on!("mix-29-statefulset", Namespace, MIX, "29", StatefulSet),
    on!("mix-29-deployment", FullMatrix, MIX, "29", Deployment),
    on!("relx-25-deployment", Namespace, RELX, "25", Deployment),
    on!("relx-25-statefulset", FullMatrix, RELX, "25", StatefulSet),
    on!("relx-27-statefulset", Namespace, RELX, "27", StatefulSet),
    on!("relx-27-deployment", FullMatrix, RELX, "27", Deployment),
    on!("relx-29-deployment", Namespace, RELX, "29", Deployment),
    on!("relx-29-statefulset", FullMatrix, RELX, "29", StatefulSet),
    on!("gleam-25-statefulset", Namespace, GLEAM, "25", StatefulSet),
    on!("gleam-25-deployment", FullMatrix, GLEAM, "25", Deployment),
    on!("gleam-27-deployment", Namespace, GLEAM, "27", Deployment),
    on!("gleam-27-statefulset", FullMatrix, GLEAM, "27", StatefulSet),
    on!("gleam-29-statefulset", Namespace, GLEAM, "29", StatefulSet),
    on!("gleam-29-deployment", FullMatrix, GLEAM, "29", Deployment),
    on!("erl-25-deployment", Namespace, ERL, "25", Deployment),
    on!("erl-25-statefulset", FullMatrix, ERL, "25", StatefulSet),
    on!("erl-27-statefulset", Namespace, ERL, "27", StatefulSet),
    on!("erl-27-deployment", FullMatrix, ERL, "27", Deployment),
    on!("erl-29-deployment", Namespace, ERL, "29", Deployment),
    on!("erl-29-statefulset", FullMatrix, ERL, "29", StatefulSet),
    on!("elixir-25-statefulset", FullMatrix, ELIXIR, "25", StatefulSet),
    on!("elixir-25-deployment", FullMatrix, ELIXIR, "25", Deployment),
    on!("elixir-27-statefulset", Namespace, ELIXIR, "27", StatefulSet),
    on!("elixir-27-deployment", FullMatrix, ELIXIR, "27", Deployment),
    on!("elixir-29-statefulset", FullMatrix, ELIXIR, "29", StatefulSet),
    on!("elixir-29-deployment", FullMatrix, ELIXIR, "29", Deployment),
    Scenario::new("migration-needs-nothing", Needs::Namespace(migrates)),
    Scenario::new("entrypoint-alone", Needs::Namespace(need_no_chart)),
];

/// What a launcher is called with.
struct Launcher {
    /// Starts a node.
    start: &'static [&'static str],
    /// Commands, and what they print; NODE is the node's name.
    asked: &'static [(&'static [&'static str], &'static str)],
    /// Its remote console, and what is typed there: NODE appears.
    console: &'static [&'static str],
    typed: &'static str,
    /// Ends the node.
    stop: &'static [&'static str],
}

/// Its start goes by way of a script that Phoenix generates.
const MIX: Launcher = Launcher {
    start: &["/mix/bin/server"],
    asked: &[
        (&["/mix/bin/clustered", "rpc", "IO.puts(node())"], "NODE"),
        (&["/mix/bin/clustered", "eval", "IO.puts(6 * 7)"], "42"),
        (&["/mix/bin/clustered", "pid"], "1"),
        (&["/mix/bin/migrate"], "migrated by nonode@nohost"),
    ],
    console: &["/mix/bin/clustered", "remote"],
    typed: "IO.puts([\"this is \", to_string(node())])",
    stop: &["/mix/bin/clustered", "stop"],
};

const RELX: Launcher = Launcher {
    start: &["/app/bin/clustered", "foreground"],
    asked: &[
        (&["/app/bin/clustered", "ping"], "pong"),
        (&["/app/bin/clustered", "rpc", "erlang", "node"], "'NODE'"),
        (&["/app/bin/clustered", "eval", "{node(), 6 * 7}."], "{'NODE',42}"),
        (&["/app/bin/clustered", "pid"], "1"),
    ],
    console: &["/app/bin/clustered", "remote_console"],
    typed: "io:format(\"this is ~s~n\", [node()]).",
    stop: &["/app/bin/clustered", "stop"],
};

const GLEAM: Launcher = Launcher { start: &["/gleam/entrypoint.sh", "run"], ..ERL };

const ERL: Launcher = Launcher {
    start: &[
        "erl",
        "-noinput",
        "-pa",
        "/app/lib/clustered-0.1.0/ebin",
        "-pa",
        "/app/lib/beam_mtls-0.1.0/ebin",
        "-eval",
        "{ok, _} = application:ensure_all_started(clustered)",
    ],
    asked: &[(&["/beam-mtls", "rpc", "{node(), 6 * 7}"], "{'NODE',42}")],
    console: &["/beam-mtls", "remote"],
    typed: "io:format(\"this is ~s~n\", [node()]).",
    stop: &["/beam-mtls", "rpc", "init:stop()"],
};

const ELIXIR: Launcher = Launcher {
    start: &[
        "elixir",
        "-pa",
        "/app/lib/clustered-0.1.0/ebin",
        "-pa",
        "/app/lib/beam_mtls-0.1.0/ebin",
        "-e",
        "{:ok, _} = Application.ensure_all_started(:clustered)",
        "--no-halt",
    ],
    ..ERL
};

fn lives(namespace: &Namespace, launcher: &Launcher, otp: &str, kind: Kind) {
    let tag = format!("image.tag=otp-{otp}");
    let args = serde_json::json!(launcher.start).to_string();
    let release =
        Release::install(namespace, kind, &[&tag, "replicas=2", &format!("--set-json=args={args}")]);
    let views = release.meets(2);
    let (pod, view) = views.first_key_value().expect("a pod");
    assert_eq!(view.otp, otp);

    let exec =
        |words: &[&str]| namespace.try_kubectl(&[&["exec", pod, "--container=app", "--"], words].concat());
    asks(launcher, &view.node, &exec);
    becomes_busy(&exec);
    types(namespace, launcher, pod, &view.node);
    becomes_idle(&exec);
    let processes = exec(&["ps", "-A", "-o", "args"]).expect("the processes");
    assert!(!processes.contains("epmd -daemon"), "a command has started epmd:\n{processes}");

    let peer = views.keys().find(|name| *name != pod).expect("another pod");
    let before = restarts(namespace, pod).expect("a number");
    // The container may be gone before kubectl has seen that the command ended.
    let _ = exec(launcher.stop);
    namespace.until("the node has ended", || Ok(restarts(namespace, pod)? > before));
    assert_eq!(release.meets(2)[pod].node, view.node, "the node has another name");
    let seen = namespace.logs(peer);
    assert!(seen.contains(&format!("{} is gone", view.node)), "the peer did not see it go: {seen}");
}

fn asks(launcher: &Launcher, node: &str, exec: &dyn Fn(&[&str]) -> Result<String, String>) {
    for (words, answer) in launcher.asked {
        assert_eq!(exec(words), Ok(answer.replace("NODE", node)), "{words:?}");
    }
}

/// From now on its schedulers have more work than processors.
fn becomes_busy(exec: &dyn Fn(&[&str]) -> Result<String, String>) {
    let busy = "Spin = fun Spin() -> Spin() end, \
                Work = fun() -> [spawn_link(Spin) || _ <- lists:seq(1, 8)], timer:sleep(infinity) end, \
                register(busy, spawn(Work))";
    assert_eq!(exec(&["/beam-mtls", "rpc", busy]).as_deref(), Ok("true"));
}

/// It was busy until now, so the first attempts may not get through in time.
fn becomes_idle(exec: &dyn Fn(&[&str]) -> Result<String, String>) {
    let idle = "whereis(busy) =:= undefined orelse exit(whereis(busy), kill)";
    wait::until("the node is idle", || exec(&["/beam-mtls", "rpc", idle]).as_deref() == Ok("true"));
}

fn types(namespace: &Namespace, launcher: &Launcher, pod: &str, node: &str) {
    let words = [&["exec", "-it", pod, "--container=app", "--"], launcher.console].concat();
    let mut terminal = Terminal::start(namespace.command(&words));
    let prompt = terminal.awaits(&format!("({node})1>"), 0);
    terminal.types(launcher.typed);
    terminal.awaits(&format!("\nthis is {node}"), prompt);
}

fn restarts(namespace: &Namespace, pod: &str) -> Result<usize, String> {
    let count = namespace.try_field(&format!("pod/{pod}"), ".status.containerStatuses[0].restartCount")?;
    count.parse().map_err(|error| format!("{count:?}: {error}"))
}

/// One line in the image, an issuer and a cookie. The names of releases are those of their nodes, and consoles are found
/// without a variable in the pod.
fn need_no_chart(namespace: &Namespace) {
    for (pod, launcher, base) in [
        ("mix", MIX, "clustered"),
        ("relx", RELX, "clustered"),
        ("gleam", GLEAM, "shop"),
        ("erl", ERL, "shop"),
    ] {
        let of_release = base == "clustered";
        let variable = if of_release { "" } else { "- { name: BEAM_MTLS_BASENAME, value: shop }" };
        let args = serde_json::json!(launcher.start).to_string();
        namespace.apply("entrypoint.yaml", &[("POD", pod), ("ARGS", &args), ("VARIABLE", variable)]);
        namespace.wait(&format!("pod/{pod}"), ".status.phase", "Running");
        namespace.await_logged(pod, "view {");
        let node = format!("{base}@{}", namespace.field(&format!("pod/{pod}"), ".status.podIP"));
        let exec = |words: &[&str]| {
            let through: &[&str] = if of_release { &["/beam-mtls", "run", "--"] } else { &[] };
            namespace.try_kubectl(&[&["exec", pod, "--"], through, words].concat())
        };
        asks(&launcher, &node, &exec);
    }
}

/// A Job of the same image has no right to ask for a certificate, and no cookie.
fn migrates(namespace: &Namespace) {
    namespace.apply("migration.yaml", &[]);
    let end = namespace.end_of("migration");
    assert_eq!(end.code, 0, "{}", end.said);
    assert!(end.said.contains("it runs without a certificate"), "it does not say so: {}", end.said);
    assert!(end.said.contains("migrated by nonode@nohost"), "{}", end.said);
}
