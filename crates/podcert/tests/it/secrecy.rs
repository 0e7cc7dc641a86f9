//! No private key appears in debug output or in errors.

use std::fmt::Debug;
use std::fs;

use podcert::provider::Outcome;
use podcert::store::Store;
use podcert_testkit::{NOW, identity, memory, obtain_at, open_ca, sign, wanted};

use crate::support::{certificate, request};

/// The base64 of a key on disk, in pieces, so that even a part of it would be found.
fn pieces(key_pem: &str) -> Vec<String> {
    let body: String = key_pem.lines().filter(|line| !line.starts_with("-----")).collect();
    body.as_bytes().chunks(16).skip(2).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect()
}

fn assert_hides(value: &impl Debug, keys: &[String]) {
    let text = format!("{value:?}{value:#?}");
    let bytes = text.replace(['\n', ' '], "");
    for key in keys {
        assert!(pieces(key).iter().all(|piece| !text.contains(piece)), "{text}");
        // Nor as a list of numbers, which would include those of "PRIVATE KEY".
        assert!(!text.contains("PRIVATE KEY") && !bytes.contains("80,82,73,86,65,84,69"), "{text}");
    }
}

#[test]
fn debug_output_shows_no_key() {
    let memory = memory();
    let (state, run) = (memory.path().join("state"), memory.path().join("run"));
    let ca = open_ca(&state).unwrap();
    let obtained = obtain_at(&run, &identity(&["a"]), &wanted(), &ca, NOW).unwrap();
    assert!(matches!(obtained.outcome, Outcome::Issued(_)));
    let keys = [state.join("ca.key"), run.join("tls.key")].map(|path| fs::read_to_string(path).unwrap());
    assert!(keys.iter().all(|key| pieces(key).len() > 8));

    let request = request(&["a"]);
    assert_hides(&sign(&ca, &request), &keys);
    assert_hides(&certificate(&ca, &["a"]), &keys);
    assert_hides(&(&ca, &wanted(), &request, &obtained), &keys);
    assert_hides(&Store::open(&run).unwrap().current().unwrap().unwrap(), &keys);
}

#[test]
fn errors_show_no_key() {
    let memory = memory();
    let (state, run) = (memory.path().join("state"), memory.path().join("run"));
    let ca = open_ca(&state).unwrap();
    obtain_at(&run, &identity(&["a"]), &wanted(), &ca, NOW).unwrap();
    for path in [run.join("..data/tls.key"), state.join("ca.key")] {
        let key = fs::read_to_string(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::remove_file(&path).unwrap();
        fs::write(&path, key.replacen("-----END", "----END", 1)).unwrap();
        fs::set_permissions(&path, mode).unwrap();
        let keys = [key];
        match open_ca(&state) {
            Ok(ca) => {
                assert_hides(&obtain_at(&run, &identity(&["a"]), &wanted(), &ca, NOW).unwrap_err(), &keys)
            }
            Err(error) => assert_hides(&error, &keys),
        }
    }
}
