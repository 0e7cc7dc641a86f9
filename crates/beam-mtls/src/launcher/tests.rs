//! Launchers on disk, as they are found in images.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use podcert::diagnose::explain;

use super::*;

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// The marks of a mix release called `shop`, whose script has another name.
fn mix() -> TempDir {
    let root = directory();
    let script = "#!/bin/sh\nRELEASE_NAME=\"${RELEASE_NAME:-\"shop\"}\"\ncut releases/start_erl.data\necho $RELEASE_VM_ARGS\n";
    write(root.path(), "bin/app", script);
    write(root.path(), "releases/start_erl.data", "15.2 1.0.0");
    root
}

fn relx() -> TempDir {
    let root = directory();
    let script = "#!/bin/sh\nexport REL_NAME=\"shop\"\nREL_VSN=\"1\"\nVMARGS_PATH=x\n# remote_console\n";
    write(root.path(), "bin/shop", script);
    write(root.path(), "releases/start_erl.data", "15.2 1.0.0");
    root
}

fn launch(root: &Path, wanted: Option<Kind>, words: &[&str]) -> Result<Launch, Error> {
    let mut words = words.iter().map(|word| word.replace("ROOT", &root.display().to_string()));
    let program = words.next().expect("a program");
    let path = format!("{}/usr/bin:/usr/bin:/bin", root.display());
    let command = Command::find(program.into(), words.map(OsString::from).collect(), Some(path.as_ref()))
        .expect("a command");
    recognise(&command, wanted, &Environment::from([("PATH", path.as_str())]))
}

fn told(root: &Path, words: &[&str]) -> (Kind, Action) {
    let launch = launch(root, None, words).expect("a launch");
    (launch.kind, launch.action)
}

#[test]
fn the_commands_of_mix_are_known() {
    let root = mix();
    for (word, action) in [
        ("start", Action::Start),
        ("start_iex", Action::Start),
        ("remote", Action::Attach),
        ("rpc", Action::Attach),
        ("pid", Action::Attach),
        ("stop", Action::Attach),
        ("eval", Action::Offline),
        ("version", Action::Offline),
    ] {
        assert_eq!(told(root.path(), &["ROOT/bin/app", word]), (Kind::Mix, action), "{word}");
    }
    let error = launch(root.path(), None, &["ROOT/bin/app", "daemon_iex"]).expect_err("a daemon");
    assert!(explain(&error).contains("use `start_iex`"), "{error}");
}

#[test]
fn the_commands_of_relx_are_known() {
    let root = relx();
    for (word, action) in [
        ("foreground", Action::Start),
        ("console", Action::Start),
        ("remote_console", Action::Attach),
        ("eval", Action::Attach),
        ("ping", Action::Attach),
        ("help", Action::Offline),
    ] {
        assert_eq!(told(root.path(), &["ROOT/bin/shop", word]), (Kind::Relx, action), "{word}");
    }
    let error = launch(root.path(), None, &["ROOT/bin/shop", "daemon"]).expect_err("a daemon");
    assert!(explain(&error).contains("use `foreground`"), "{error}");
}

#[test]
fn wrappers_are_looked_through() {
    let root = mix();
    write(
        root.path(),
        "bin/server",
        "#!/bin/sh\nset -eu\ncd -P -- \"$(dirname -- \"$0\")\"\nPHX_SERVER=true exec ./app start\n",
    );
    write(
        root.path(),
        "bin/migrate",
        "#!/bin/sh\n# not ./app start\nexec \"$(dirname \"$0\")/app\" eval Shop.migrate\n",
    );
    write(
        root.path(),
        "entry/point.sh",
        &format!("#!/bin/sh\nexec {}/bin/server \"$@\"\n", root.path().display()),
    );
    write(root.path(), "usr/bin/tini", "\u{7f}ELF");
    for words in [
        &["ROOT/bin/server"][..],
        &["ROOT/entry/point.sh"],
        &["tini", "-g", "--", "ROOT/bin/app", "start"],
        &["sh", "-c", "exec ROOT/bin/app start"],
    ] {
        assert_eq!(told(root.path(), words), (Kind::Mix, Action::Start), "{words:?}");
    }
    assert_eq!(told(root.path(), &["ROOT/bin/migrate"]), (Kind::Mix, Action::Offline));
}

/// What is missed where a start is taken for something else is all that keeps plain text away.
#[test]
fn what_could_start_a_node_is_taken_for_a_start() {
    for script in [
        "exec ROOT/bin/app \"$@\"",
        "exec ROOT/bin/app $1",
        "exec ROOT/bin/app ${CMD:-start}",
        "[ -x ROOT/bin/app ] || exit 1\nexec ROOT/bin/app $@",
        "chmod +x ROOT/bin/app; cd ROOT; bin/$APP start",
        "APP=ROOT/bin/app\nexec $APP start",
        "ROOT/bin/app eval Shop.migrate && exec ROOT/bin/app start",
        "ROOT/bin/app eval Shop.migrate\nexec ROOT/bin/server",
        "trap 'ROOT/bin/app stop' TERM\nROOT/bin/app start",
    ] {
        for root in [mix(), relx()] {
            let name = if root.path().join("bin/app").exists() { "app" } else { "shop" };
            let word = if name == "app" { "start" } else { "foreground" };
            let text = script
                .replace("ROOT", &root.path().display().to_string())
                .replace("bin/app", &format!("bin/{name}"))
                .replace("start", word);
            write(root.path(), "bin/server", &format!("#!/bin/sh\nexec ./{name} {word}\n"));
            write(root.path(), "entry.sh", &format!("#!/bin/sh\n{text}\n"));
            for words in [
                &["ROOT/entry.sh", word][..],
                &["sh", "-ec", &text, "sh", word],
                &["bash", "-lc", &text, "-", word],
            ] {
                assert_eq!(told(root.path(), words).1, Action::Start, "{words:?} with {text}");
            }
        }
    }
}

#[test]
fn arguments_are_passed_on() {
    let root = mix();
    write(root.path(), "entry.sh", "#!/bin/sh\nexec bin/app \"$@\"\n");
    assert_eq!(told(root.path(), &["ROOT/entry.sh", "eval", "1"]), (Kind::Mix, Action::Offline));
    assert_eq!(told(root.path(), &["ROOT/entry.sh", "rpc", "1"]), (Kind::Mix, Action::Attach));
}

#[test]
fn scripts_that_call_each_other_end_somewhere() {
    let root = directory();
    write(root.path(), "a", "#!/bin/sh\nexec ./b\n");
    write(root.path(), "b", "#!/bin/sh\nexec ./a\n");
    assert_eq!(told(root.path(), &["ROOT/a"]), (Kind::Other, Action::Start));
}

#[test]
fn installed_programs_are_known_by_what_is_beside_them() {
    let root = directory();
    write(root.path(), "otp/bin/erl", "#!/bin/sh\n");
    assert_eq!(told(root.path(), &["ROOT/otp/bin/erl"]).0, Kind::Other);
    write(root.path(), "otp/bin/start_clean.boot", "");
    assert_eq!(told(root.path(), &["ROOT/otp/bin/erl", "-noinput"]), (Kind::Erl, Action::Start));
    assert_eq!(told(root.path(), &["ROOT/otp/bin/erl", "-remsh", "a@b.c"]), (Kind::Erl, Action::Attach));
    assert_eq!(told(root.path(), &["ROOT/otp/bin/erl", "-extra", "-remsh"]), (Kind::Erl, Action::Start));
    write(root.path(), "elixir/bin/iex", "#!/bin/sh\n");
    write(root.path(), "elixir/lib/elixir/ebin/elixir.app", "");
    assert_eq!(told(root.path(), &["ROOT/elixir/bin/iex"]), (Kind::Elixir, Action::Start));
}

#[test]
fn a_shipment_is_known_by_its_packages() {
    let root = directory();
    write(
        root.path(),
        "start.sh",
        "#!/bin/sh\nrun() {\n  exec erl \\\n    -pa \"$BASE\"/*/ebin \\\n -noshell\n}\n",
    );
    assert_eq!(told(root.path(), &["ROOT/start.sh", "run"]).0, Kind::Other);
    fs::create_dir_all(root.path().join("shop/ebin")).expect("a directory");
    assert_eq!(told(root.path(), &["ROOT/start.sh", "run"]), (Kind::Gleam, Action::Start));
}

#[test]
fn a_setting_comes_before_what_is_on_disk() {
    let root = mix();
    let found = launch(root.path(), Some(Kind::None), &["ROOT/bin/app", "daemon"]).expect("a launch");
    assert_eq!((found.kind, found.action, found.release), (Kind::None, Action::Start, None));
    write(root.path(), "bin/other", "#!/bin/sh\n");
    let found = launch(root.path(), Some(Kind::Relx), &["ROOT/bin/other", "ping"]).expect("a launch");
    assert_eq!((found.kind, found.action), (Kind::Relx, Action::Attach));
    write(root.path(), "bin/server", "#!/bin/sh\nexec ./app start\n");
    let found = launch(root.path(), Some(Kind::Mix), &["ROOT/bin/server"]).expect("a launch");
    assert_eq!((found.kind, found.action), (Kind::Mix, Action::Start));
    assert!(matches!(launch(root.path(), Some(Kind::Mix), &["sh"]), Err(Error::NoRelease(_))));
}

#[test]
fn a_release_names_its_node() {
    let root = mix();
    let launch = launch(root.path(), None, &["ROOT/bin/app", "start"]).expect("a launch");
    let named = |variables: Environment| launch.name(None, &variables);
    assert_eq!(named(Environment::from([])).base, "shop".parse().ok());
    let whole = named(Environment::from([("RELEASE_NODE", "till@10.0.0.1")]));
    assert_eq!((whole.base, whole.host), ("till".parse().ok(), "10.0.0.1".parse().ok()));
    let short = named(Environment::from([("RELEASE_NODE", "till@localhost")]));
    assert_eq!((short.base, short.host), ("till".parse().ok(), None));
}
