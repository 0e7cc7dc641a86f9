//! What an error means to the user: its class, and a remedy separate from its text.

use std::borrow::Cow;
use std::error::Error;

/// The class of an error. Programs choose their exit code by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// Something cannot be written.
    CannotWrite,
    /// A certificate, a key or another file is wrong.
    Data,
    /// The deadline passed; trying again may succeed.
    Deadline,
    /// The request was refused.
    Refused,
    /// Settings that contradict each other, or lack something.
    Settings,
    /// The signer cannot be reached, or did not respond as it should.
    Unavailable,
    /// A flag or variable that cannot be understood.
    Usage,
}

/// An error with a class and a remedy. Its `Display` says what is wrong, and nothing else.
pub trait Diagnose: Error {
    /// What kind of failure it is.
    fn class(&self) -> ErrorClass;

    /// What the user can do, as an imperative sentence without a period; `None` if the text says it all.
    fn remedy(&self) -> Option<Cow<'static, str>>;
}

/// Implements [`Diagnose`] for an error enum, one line per variant: the class, followed by the remedy's format string and
/// arguments in parentheses. `of(error)` forwards to the error in a field, `is(class)` takes the class from a field. A new
/// variant does not compile without its line.
#[macro_export]
macro_rules! diagnose {
    ($type:ty { $($pattern:pat => $rule:ident ( $($remedy:tt)* )),+ $(,)? }) => {
        impl $crate::diagnose::Diagnose for $type {
            #[allow(unused_variables, reason = "some fields are used only by the remedy")]
            fn class(&self) -> $crate::diagnose::ErrorClass {
                match self { $($pattern => $crate::diagnose!(@class $rule $($remedy)*),)+ }
            }

            #[allow(unused_variables, reason = "some fields are used only by the class")]
            fn remedy(&self) -> Option<std::borrow::Cow<'static, str>> {
                match self { $($pattern => $crate::diagnose!(@remedy $rule $($remedy)*),)+ }
            }
        }
    };
    (@class is $class:ident) => { *$class };
    (@class of $error:ident) => { $crate::diagnose::Diagnose::class($error) };
    (@class $class:ident $($remedy:tt)*) => { $crate::diagnose::ErrorClass::$class };
    (@remedy is $class:ident) => { None };
    (@remedy of $error:ident) => { $crate::diagnose::Diagnose::remedy($error) };
    (@remedy $class:ident) => { None };
    (@remedy $class:ident $($remedy:tt)+) => { Some(format!($($remedy)+).into()) };
}

/// An error with its causes, as one line: what failed, then why.
pub fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// An error with its causes and its remedy, as one line.
pub fn explain<E: Diagnose + ?Sized>(error: &E) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    match error.remedy() {
        Some(remedy) => format!("{text}; {remedy}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Inner {
        #[error("{name:?} is wrong")]
        Wrong { name: String },
    }

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error(transparent)]
        Inner(Inner),
        #[error("no disk")]
        NoDisk(#[source] std::io::Error),
    }

    diagnose!(Inner { Self::Wrong { name } => Usage("use {name:?} without blanks") });
    diagnose!(Outer {
        Self::Inner(error) => of(error),
        Self::NoDisk(_) => CannotWrite(),
    });

    #[test]
    fn a_text_with_semicolons_does_not_affect_the_remedy() {
        let error = Outer::Inner(Inner::Wrong { name: "a; b".to_owned() });
        assert_eq!(error.class(), ErrorClass::Usage);
        assert_eq!(error.to_string(), r#""a; b" is wrong"#);
        assert_eq!(error.remedy().as_deref(), Some(r#"use "a; b" without blanks"#));
        assert_eq!(explain(&error), r#""a; b" is wrong; use "a; b" without blanks"#);
    }

    #[test]
    fn causes_come_before_the_remedy() {
        let error = Outer::NoDisk(std::io::Error::other("it is gone"));
        assert_eq!((error.class(), error.remedy()), (ErrorClass::CannotWrite, None));
        assert_eq!(explain(&error), "no disk: it is gone");
    }
}
