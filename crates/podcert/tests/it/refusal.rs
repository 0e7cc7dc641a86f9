//! What an error must not change.

use std::fs;
use std::path::Path;

use podcert::diagnose::{Diagnose, ErrorClass, explain};
use podcert::provider::{Outcome, Reason};
use podcert_testkit::{NOW, PodDirectory};

use crate::support::{assert_tidy, entries};

/// The error, after checking that nothing was written and that `--renew` helps.
pub(crate) fn refusal(mut directory: PodDirectory) -> String {
    let before = snapshot(&directory.path());
    let error = directory.obtain(&["a"], NOW).expect_err("it must be refused");
    assert_eq!(error.class(), ErrorClass::Data, "{error:?}");
    assert_eq!(snapshot(&directory.path()), before);

    directory.wanted.renew = true;
    assert_eq!(directory.obtain(&["a"], NOW).unwrap().outcome, Outcome::Issued(Reason::Renew));
    assert_tidy(&directory.path());
    directory.wanted.renew = false;
    assert_eq!(directory.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
    explain(&error)
}

/// Every file of the published set.
pub(crate) fn snapshot(directory: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let set = directory.join(fs::read_link(directory.join("..data")).unwrap());
    let mut files: Vec<_> = entries(directory).into_iter().map(|name| (name, None)).collect();
    files.extend(entries(&set).into_iter().map(|name| (name.clone(), fs::read(set.join(name)).ok())));
    files
}
