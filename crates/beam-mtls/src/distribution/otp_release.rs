//! A release of OTP, such as 28.

use std::fmt;
use std::str::FromStr;

use podcert_cli::settings::Problem;

/// Its number, which is only digits: it goes into Erlang code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtpRelease(String);

impl FromStr for OtpRelease {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Problem::with_remedy(format!("{text:?} is not an OTP release"), "write its number, as in 28"))
        }
    }
}

impl fmt::Display for OtpRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
