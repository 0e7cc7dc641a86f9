//! A pod that has its certificate already, to be spoilt.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use podcert::exit::{ExitClass, chain};
use podcert::obtain::{Error, Obtained, Outcome, Reason, obtain};
use podcert::settings::Settings;
use podcert::signer::LocalCa;
use podcert_testkit::{LeafBuilder, NOW, TestCa, block_on};
use tempfile::TempDir;

use crate::support::{assert_tidy, entries, far_off, identity, memory, settings};

/// A directory with a certificate for `a`, and the CA that signed it.
pub(crate) struct Scene {
    pub(crate) memory: TempDir,
    pub(crate) settings: Settings,
    pub(crate) ca: LocalCa,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let memory = memory();
        let ca = LocalCa::open(&memory.path().join("state"), NOW, far_off()).unwrap();
        let settings = settings(&memory.path().join("run"));
        let scene = Self { memory, settings, ca };
        assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Issued(Reason::Missing));
        scene
    }

    pub(crate) fn obtain(&self, names: &[&str], now: Timestamp) -> Result<Obtained, Error> {
        block_on(obtain(&self.settings, &identity(names), &self.ca, now, far_off()))
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.settings.directory
    }

    pub(crate) fn test_ca(&self) -> TestCa {
        let state = self.memory.path().join("state");
        TestCa::load(&state.join("ca.crt"), &state.join("ca.key"))
    }

    /// Replaces the published certificate by a leaf of the same CA, good for `a` but for a change.
    pub(crate) fn plant(&self, change: impl FnOnce(LeafBuilder) -> LeafBuilder) {
        let ca = self.test_ca();
        change(ca.leaf().dns("a")).sign().write(&self.directory().join("..data"), ca.pem());
    }

    /// The error, after having checked that nothing was written and that `--renew` helps.
    pub(crate) fn refusal(mut self) -> String {
        let before = snapshot(self.directory());
        let error = self.obtain(&["a"], NOW).expect_err("it must be refused");
        assert_eq!(error.exit_class(), ExitClass::Data, "{error:?}");
        assert_eq!(snapshot(self.directory()), before);

        self.settings.renew = true;
        assert_eq!(self.obtain(&["a"], NOW).unwrap().outcome, Outcome::Issued(Reason::Renew));
        assert_tidy(self.directory());
        self.settings.renew = false;
        assert_eq!(self.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
        chain(&error)
    }
}

/// Every file of the published set.
pub(crate) fn snapshot(directory: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let set = directory.join(fs::read_link(directory.join("..data")).unwrap());
    let mut files: Vec<_> = entries(directory).into_iter().map(|name| (name, None)).collect();
    files.extend(entries(&set).into_iter().map(|name| (name.clone(), fs::read(set.join(name)).ok())));
    files
}
